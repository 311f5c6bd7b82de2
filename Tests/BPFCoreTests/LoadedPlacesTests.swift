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

    @Test func `a link that does not tell of its event has the place of the only one`() {
        let event = Place(kind: "kprobe", target: "vfs_read")
        let link = Place(kind: "perf_event", link: 5)
        #expect(LoadedProgram.merged([event, link]) == [Place(kind: "kprobe", target: "vfs_read", link: 5)])
        let two = [event, Place(kind: "kprobe", target: "vfs_write"), link, Place(kind: "perf_event", link: 6)]
        #expect(LoadedProgram.merged(two) == two)
    }
}
