// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Link {
    /// Pins the link in a bpf file system (`BPF_OBJ_PIN` of a link, Linux 5.7), so that the program stays attached when
    /// this process ends.
    ///
    /// - Parameter path: A path of a bpf file system; missing directories are made, and symbolic links not followed.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/pin``: where the program is attached without a `bpf_link` (perf
    ///   events before Linux 5.15, probes of tracefs) there is nothing to pin, and the cause says so.
    public mutating func pin(at path: String) throws(BPFError) {
        let link = try descriptor(.pin, "cannot pin the link of \(subject)")
        try PinDirectory.pin(link, "the link of \(subject)", at: path)
        pin = try PinPath(path: path).path
    }

    /// Removes the pin; the program stays attached as long as somebody holds the link.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/unpin``.
    public mutating func unpin() throws(BPFError) {
        guard let path = pin else { return }
        let place = try PinPath(path: path)
        let directory = try PinDirectory.open(path: place.folder, mountPoint: nil)
        do throws(Errno) {
            try directory.unlink(place.name)
        } catch {
            // Gone already is as good as removed.
            guard error == .noSuchFileOrDirectory else {
                throw BPFError(.unpin, .pinNotRemoved, errno: error, "cannot remove the pin \(path)")
            }
        }
        pin = nil
    }

    /// Opens the link behind a pin (`BPF_OBJ_GET`); letting go of it leaves the pin and the program where they are.
    ///
    /// - Parameter path: A path in a bpf file system.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/openPin``.
    public init(pinnedAt path: String) throws(BPFError) {
        let descriptor = try OwnedDescriptor.open(pinnedAt: path)
        guard descriptor.isLink else {
            throw BPFError(.openPin, .pinOtherKind, "the pin \(path) is not a link", cause: "it is \(descriptor.kind)")
        }
        self.init(nil, way: .opened, pin: path, hold: PlainHold(descriptor))
    }

    /// Opens a link by its id (`BPF_LINK_GET_FD_BY_ID`, Linux 5.8); takes `CAP_SYS_ADMIN`.
    ///
    /// The program stays attached as long as this value or anything else holds the link.
    ///
    /// - Parameter id: The kernel's id of the link, as ``Info`` has it.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/info``.
    public init(id: UInt32) throws(BPFError) {
        let descriptor: OwnedDescriptor
        do throws(Errno) {
            descriptor = try BPFCommand.openLink(id: id)
        } catch {
            throw BPFError(
                .info, .idUnknown, errno: error, "cannot open the link of id \(id)",
                cause: error == .noSuchFileOrDirectory ? "there is no such link" : nil
            ).needing([.sysAdmin])
        }
        self.init(nil, way: .opened, hold: PlainHold(descriptor))
    }

    // MARK: - For all that is done with the link itself

    /// The descriptor of the link, borrowed as long as this value lives.
    ///
    /// - Throws: An error that says why there is none.
    func descriptor(_ operation: BPFError.Operation, _ message: String) throws(BPFError) -> Int32 {
        do throws(LinkLack) {
            return try hold.link.get()
        } catch {
            throw BPFError(
                operation, .linkUnsupported, message, cause: error.cause, nextStep: error.nextStep)
        }
    }

    /// What messages call it.
    var subject: String { target?.description ?? pin ?? "a link that was opened" }
}
