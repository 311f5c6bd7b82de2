// SPDX-License-Identifier: Apache-2.0

/// The exit codes of the tools: stable, documented in docs/options.md, after `sysexits.h` where that has a code.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Everything that was asked for was done.
    case success = 0
    /// Events were lost; everything else was done.
    case lost = 3
    /// What was given does not tell whether the object loads; nothing is known against it.
    case notKnown = 4
    /// The command line is wrong (`EX_USAGE`).
    case usage = 64
    /// The object or the event stream is not what it claims to be (`EX_DATAERR`).
    case badData = 65
    /// A file named on the command line cannot be read (`EX_NOINPUT`).
    case noInput = 66
    /// The kernel lacks something that is needed (`EX_UNAVAILABLE`).
    case kernelLacks = 69
    /// The verifier refused a program (`EX_SOFTWARE`).
    case verifier = 70
    /// Reading or writing failed (`EX_IOERR`).
    case io = 74
    /// Another daemon has the map; it may be free later (`EX_TEMPFAIL`).
    case busy = 75
    /// A privilege is missing, or a setting forbids it (`EX_NOPERM`).
    case notPermitted = 77
    /// There is nothing of that name to attach to.
    case noSuchProbe = 78
}
