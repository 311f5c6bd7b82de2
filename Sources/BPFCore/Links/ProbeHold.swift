// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A probe with a program on it, as a link holds it.
final class ProbeHold: LinkHold {
    private let attachment: Mutex<KprobeAttachment?>

    init(_ attachment: consuming KprobeAttachment) { self.attachment = Mutex(attachment) }

    var link: Result<Int32, LinkLack> {
        attachment.withLock { $0?.linkNumber } ?? .failure(LinkLack(cause: "the program is detached"))
    }

    func detach() throws(BPFError) {
        let taken = attachment.withLock { $0.take() }
        try taken?.detach()
    }

    func missed() -> UInt64? { attachment.withLock { $0?.missed() } }
}
