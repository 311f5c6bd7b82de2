// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Testing

@testable import EventCollecting

struct SnapshotErrorTests {
    @Test func `what the kernel refuses for a moment may pass, and a missing privilege does not`() {
        func mayPass(_ errno: Errno?) -> Bool {
            SnapshotReader.mayPass(BPFError(.mapElement, .mapAccessFailed, errno: errno, "cannot read the elements"))
        }
        #expect(mayPass(.resourceBusy) && mayPass(.interrupted) && mayPass(.noMemory))
        #expect(!mayPass(.notPermitted) && !mayPass(.permissionDenied) && !mayPass(nil))
    }
}
