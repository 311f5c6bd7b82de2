// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers

/// The links of a collection.
public struct LinkList: ~Copyable {
    private var links = UniqueArray<Link>()

    init() {}

    /// How many there are.
    public var count: Int { links.count }

    /// A link, borrowed.
    public subscript(index: Int) -> Link { _read { yield links[index] } }

    mutating func append(_ link: consuming Link) { links.append(link) }

    mutating func popLast() -> Link? { links.popLast() }
}
