// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Why a stream cannot be read on, or its events not be shown.
struct InputFailure: DiagnosticError {
    let diagnostic: Diagnostic
}
