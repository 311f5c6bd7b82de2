// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFCore

@Suite struct LoadedPlacesTests {
    private typealias Place = LoadedProgram.Place

    @Test func `the event of a link and the link are one place`() {
        let event = Place(kind: "kprobe", target: "vfs_read")
        let link = Place(kind: "kprobe", target: "vfs_read", link: 5)
        #expect(LoadedProgram.merged([event, link]) == [link])
        let other = Place(kind: "kprobe", target: "vfs_write")
        #expect(LoadedProgram.merged([event, link, other]) == [link, other])
    }

    @Test func `links that do not tell of their events have the places of those, in the order in which both were made`()
    {
        let event = Place(kind: "kprobe", target: "vfs_read")
        let link = Place(kind: "perf_event", link: 5)
        #expect(LoadedProgram.merged([event, link]) == [Place(kind: "kprobe", target: "vfs_read", link: 5)])
        let two = [event, Place(kind: "kprobe", target: "vfs_write"), link, Place(kind: "perf_event", link: 6)]
        #expect(
            LoadedProgram.merged(two) == [
                Place(kind: "kprobe", target: "vfs_read", link: 5), Place(kind: "kprobe", target: "vfs_write", link: 6),
            ])
        // Not as many of both: nobody knows which is whose.
        let three = two + [Place(kind: "kprobe", target: "vfs_open")]
        #expect(LoadedProgram.merged(three) == three)
    }
}
