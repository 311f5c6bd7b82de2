// SPDX-License-Identifier: Apache-2.0

/// What a user is told of one failure or one doubt: what happened, as a code and in words, where, why, and what to do next.
///
/// Every typed error of the package turns into one of these; text and JSON are two renderings of the same value.
public struct Diagnostic: Sendable, Equatable {
    /// The part of the work that was going on.
    public enum Stage: String, Sendable, CaseIterable {
        /// Reading the command line.
        case arguments
        /// Reading the object file.
        case object
        /// Creating, reusing and pinning maps.
        case map
        /// Loading a program: the verifier's stage.
        case program
        /// Finding the function to attach to.
        case resolve
        /// Attaching a program.
        case attach
        /// Opening and draining rings.
        case ring
        /// Reading or writing the event stream.
        case stream
        /// Running, after everything is attached.
        case run
        /// Letting go of what was made.
        case cleanup
    }

    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The work stops.
        case error
        /// The work goes on, and the user should know.
        case warning
        /// The work goes on as it should; a fact worth a line.
        case note
    }

    /// What went wrong, as a word for programs.
    public var code: Code
    /// How bad it is.
    public var severity: Severity
    /// The part of the work that was going on.
    public var stage: Stage
    /// What happened, in one line without a full stop.
    public var message: String
    /// The object file, if one is concerned.
    public var object: String?
    /// The section of the object, if one is concerned.
    public var section: String?
    /// The program, if one is concerned.
    public var program: String?
    /// The map, if one is concerned.
    public var map: String?
    /// The index of the instruction in the program, if one is concerned.
    public var instruction: Int?
    /// Places in texts that it is about: at most one primary one, and those that led there.
    public var labels: [Label] = []
    /// The lines of source that led there, in their order.
    public var path: [Label] = []
    /// What the kernel said, in its own words.
    public var kernelText: [String] = []
    /// Why it happened, as far as it is known.
    public var cause: String?
    /// Further lines: tables, candidates, quotes of the kernel.
    public var details: [String]
    /// What the user can do about it.
    public var hint: Hint?
    /// What to write in place of what is wrong, or beside it, as source.
    public var correction: String?
    /// What it is about, if that is something that the caller or the user of a tool chose; it goes before the message.
    public var setting: Setting?

    /// Creates a diagnostic; set the optional parts afterwards.
    public init(
        _ code: Code, _ severity: Severity = .error, stage: Stage, _ message: String, cause: String? = nil,
        details: [String] = [], nextStep: Hint? = nil
    ) {
        self.code = code
        self.severity = severity
        self.stage = stage
        self.message = message
        self.cause = cause
        self.details = details
        hint = nextStep
    }

    /// The primary label: the line of C that it is about, if the object tells it.
    public var source: Label? {
        get { labels.first { $0.role == .primary } }
        set { labels = (newValue.map { [$0] } ?? []) + labels.filter { $0.role != .primary } }
    }

    /// What the user can do about it, in the words of the library.
    public var nextStep: String? { hint?.text() }
}

/// An error that knows what to tell the user.
public protocol DiagnosticError: Error, CustomStringConvertible {
    /// The error as the user sees it.
    var diagnostic: Diagnostic { get }
}

extension DiagnosticError {
    /// The text rendering of the diagnostic.
    public var description: String { diagnostic.text() }
}
