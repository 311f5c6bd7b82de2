public struct MapType: RawRepresentable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32; public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let perfEventArray = MapType(rawValue: 4)
    public static let devmap = MapType(rawValue: 14)
    public static let devmapHash = MapType(rawValue: 25)
    public var description: String { "type \(rawValue)" }
}
