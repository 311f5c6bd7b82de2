// SPDX-License-Identifier: Apache-2.0

/// Everything that a program needs to trace a kernel: objects, what is loaded of them, and their events by type.
@_exported public import BPFCore
@_exported public import BPFObject
@_exported public import BTF
@_exported public import Diagnostics
@_exported public import EventDecoding
@_exported public import EventTypes
@_exported public import Records
