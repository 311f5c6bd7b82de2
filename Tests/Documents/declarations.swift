// SPDX-License-Identifier: Apache-2.0
// A file of its own.
// SNIPPET
