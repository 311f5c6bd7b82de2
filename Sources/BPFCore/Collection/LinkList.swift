// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers

/// The attachments of a collection.
public struct LinkList: ~Copyable {
    private var links = UniqueArray<Attachment>()

    init() {}

    /// How many there are.
    public var count: Int { links.count }

    /// An attachment, borrowed.
    public subscript(index: Int) -> Attachment { _read { yield links[index] } }

    mutating func append(_ link: consuming Attachment) { links.append(link) }

    mutating func popLast() -> Attachment? { links.popLast() }
}
