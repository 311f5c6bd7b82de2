// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import MapTables
internal import Records

/// How the elements of one map are shown, and what is known of its snapshots.
final class MapDisplay {
    /// The source as the stream tells it; another one where it tells it anew.
    var source: EventSource
    let facts: CaptureSource?
    let view: EventView
    /// Whether its elements are shown as part of others.
    var isReference = false
    /// The number of its source.
    var number: UInt32 { facts?.number ?? 0 }
    var rows: SnapshotRows
    /// Rows that wait to be put in order; nil if they are shown as they come.
    var order: RowOrder?
    /// Drawn instead of rows, or beside JSON; nil if there are none, or they are not asked for.
    let histograms: HistogramPlan?
    /// Whether they are drawn.
    let draws: Bool
    /// What tells their elements apart.
    let labels: EventCells?
    /// Global variables as rows; nil for other maps, and for forms that show an event as a whole.
    let variables: VariableRows?
    var keyed = KeyedHistograms()
    /// Whether the user named a histogram that the map does not have.
    let lacksHistogram: Bool

    // MARK: The snapshot that is under way

    /// Its head; nil between two snapshots.
    var head: SnapshotHead?
    /// Whether parts of it are missing in the stream.
    var isTorn = false
    /// Elements that came.
    var elements: UInt64 = 0
    /// The place behind the last element that came.
    var place = CapturePlace()
    /// Whether its heading is there.
    var hasBegun = false
    /// What was told of the map.
    var told: Set<Note> = []

    /// What is told of a map once.
    enum Note {
        case guess, full, limited, unsteady, failed, torn, overflow, forgotten, dropped, untyped, uncounted
        case unfound, manyNumbers, stopped
    }

    init(
        _ source: EventSource, _ facts: CaptureSource?, _ view: EventView, _ parts: ElementParts,
        _ options: TableOptions, _ environment: FormatEnvironment, order: [SortField], rowSize: Int,
        room: ElementRoom
    ) {
        self.source = source
        self.facts = facts
        self.view = view
        let isGlobals = facts?.content == .globals
        rows = SnapshotRows(parts, options, isGlobals: isGlobals, room: room)
        let plan = HistogramPlan(
            map: source.map, pin: facts?.pinName ?? "", plan: parts.plan, isArray: facts?.isArray ?? false,
            choices: options.histograms)
        let names = [source.map, facts?.pinName ?? ""]
        let isNamed = options.histograms.contains { $0.reading(ofMap: names) != nil }
        lacksHistogram = plan.lacksChosen
        switch view.form {
        case .table: draws = !plan.isEmpty && (view.isOwnForm || isNamed)
        case .json: draws = !plan.isEmpty && plan.keys != nil && view.typeText.isEmpty
        default: draws = false
        }
        let isJSON = if case .json = view.form { true } else { false }
        histograms = draws || isJSON && !plan.isEmpty && view.isAllFields && !view.isFlat ? plan : nil
        labels = draws ? EventCells(parts.plan, environment: environment, fields: plan.labels) : nil
        variables = isGlobals ? VariableRows(view, parts, environment, without: draws ? plan : nil) : nil
        guard !isGlobals, options.sort != nil || options.top != nil else { return }
        self.order = RowOrder(by: order, top: options.top, rowSize: rowSize)
    }

    /// A field that rows are sorted by.
    typealias SortField = (place: EventField, isDescending: Bool)

    /// What rows are sorted by: what the user named, or else the largest change or value first.
    ///
    /// - Returns: A failure if the type has not what the user named, or that has no order.
    static func order(_ plan: DecodingPlan, _ options: TableOptions) -> Result<[SortField], InputFailure> {
        guard let sort = options.sort else {
            let numbers = plan.columns.filter(\.isNumber)
            func first(_ name: String) -> EventField? {
                numbers.first { $0.path == name || $0.path.hasPrefix(name + ".") }
            }
            let largest: [SortField] = (first("delta") ?? first("value")).map { [($0, true)] } ?? []
            return .success(largest)
        }
        var fields: [SortField] = []
        for field in sort.fields {
            guard let place = plan.field(field.name) else {
                let names = plan.fieldNames
                let error = TemplateError(
                    .unknownField(field.name, among: names), in: field.name, at: 0..<field.name.unicodeScalars.count)
                return .failure(InputFailure(diagnostic: error.diagnostic))
            }
            guard place.hasOrder else {
                return .failure(InputFailure(diagnostic: withoutOrder(field.name, plan.fieldNames)))
            }
            fields.append((place, field.isDescending))
        }
        return .success(fields)
    }

    private static func withoutOrder(_ name: String, _ all: [String]) -> Diagnostic {
        let members = all.filter { $0.hasPrefix(name + ".") }.prefix(8)
        return Diagnostic(
            .fieldUnknown, stage: .arguments, "nothing can be sorted by \(name.terminalSafe)",
            cause: "a structure or an array has no order",
            nextStep: members.isEmpty
                ? nil : "choose a member: \(members.map(\.terminalSafe).joined(separator: ", "))")
    }
}

extension EventField {
    /// Whether its values have an order that means something.
    fileprivate var hasOrder: Bool {
        switch kind {
        case .array, .structure: false
        default: true
        }
    }
}

extension MapDisplay {
    /// What its histograms count where names do not say it: as the capture tells it, or else as settings of the program
    /// say.
    ///
    /// - Parameter setting: What those say; nil if that is not known.
    func unit(setting: String?) -> String? {
        guard let told = facts?.unit, !told.isEmpty else { return setting }
        return told
    }
}

extension CaptureSource {
    /// The last part of the path that the map is pinned at; empty if it is not.
    var pinName: String { path.split(separator: "/").last.map { String($0) } ?? "" }
}

/// The maps that a stream has snapshots of.
struct MapDisplays {
    let options: TableOptions
    /// By the numbers of their sources.
    var all: [UInt32: MapDisplay] = [:]
    /// The one whose snapshot has not ended.
    var open: MapDisplay?
    /// What settings of the program say of the unit of its histograms.
    var unit: String?

    /// Whether a map has the fields that rows are sorted by.
    var hasSorted = false

    /// The memory for elements of snapshots before, that of all maps.
    let room: ElementRoom

    /// Maps that are kept, so that a hostile stream does not fill the memory.
    static let limit = 1024

    init(_ options: TableOptions, _ room: ElementRoom) {
        self.options = options
        self.room = room
    }
}
