// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Glibc
import Testing

struct ErrnoTests {
    @Test func `an error has the name, the number and the text of the C library`() {
        #expect(Errno.noSuchFileOrDirectory == Errno(rawValue: ENOENT))
        #expect(Errno.noSuchFileOrDirectory.name == "ENOENT")
        #expect(Errno.noSuchFileOrDirectory.description == "No such file or directory")
        #expect(Errno.ioError.described == "EIO (Input/output error)")
    }

    @Test func `a number that the C library does not know is still told`() {
        #expect(Errno(rawValue: 524).name == "ENOTSUPP")
        #expect(Errno(rawValue: 4242).name == "errno 4242" && Errno(rawValue: 4242).description.contains("4242"))
        #expect(Errno(rawValue: -1).name == "errno -1")
    }

    @Test func `what the last call left is taken`() {
        #expect(close(-1) == -1 && Errno.last == .badFileDescriptor)
    }
}
