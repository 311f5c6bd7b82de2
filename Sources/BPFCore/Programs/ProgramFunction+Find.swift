// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import CBPF
internal import Diagnostics

extension ProgramFunction {
    /// Finds the function in the program's own types.
    ///
    /// - Returns: Its id there, and that of the program.
    func find() throws(BPFError) -> KernelObject {
        let program = try opened()
        var info = cbpf_prog_info()
        do throws(Errno) {
            try BPFCommand.readInfo(of: program.descriptor.rawValue, into: &info)
        } catch {
            throw BPFError(
                .info, .infoRefused, errno: error, "cannot read what the kernel knows of program \(self)")
        }
        guard info.btf_id != 0 else {
            throw BPFError(
                .resolveProbe, .noSuchTarget, "program \(self) has no types", cause: "it was loaded without BTF",
                nextStep: "compile it with -g, and load it again")
        }
        let types: BTF
        do throws(Errno) {
            types = try Self.types(info)
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read the types of program \(self)")
        }
        let functions = (types.firstID..<types.endID).compactMap { id in
            types[id].flatMap { $0.kind == .function ? (id: id, name: types.name(of: $0)) : nil }
        }
        let own = Self.name(info)
        let ownID = function == nil ? Self.ownFunction(of: program.descriptor.rawValue, info) : nil
        let wanted = functions.filter { function in
            if let ownID { return function.id == Int(ownID) }
            // What the kernel knows of the program's own name is cut off.
            return self.function.map { $0 == function.name }
                ?? (own.utf8.count < MapName.longest ? function.name == own : function.name.hasPrefix(own))
        }
        guard let found = wanted.first, wanted.count == 1 else {
            let names = functions.map(\.name)
            throw BPFError(
                .resolveProbe, .noSuchTarget,
                wanted.isEmpty
                    ? "program \(self) has no function \(function ?? own)"
                    : "program \(self) has several functions \(own)…",
                cause: "it has \(names.prefix(16).joined(separator: ", "))",
                nextStep: NamesThere.hint(for: function ?? own, names))
        }
        return KernelObject(id: UInt32(truncatingIfNeeded: found.id), program: info.id)
    }

    private func opened() throws(BPFError) -> Program {
        switch reference {
        case .pin(let path): return try Program(pinnedAt: path)
        case .id(let id): return try Program(id: id)
        case .name(let name):
            let ids = try Self.ids(named: name)
            guard let id = ids.first, ids.count == 1 else {
                throw BPFError(
                    .resolveProbe, .noSuchTarget,
                    ids.isEmpty ? "no program \(name) is loaded" : "\(ids.count) programs are called \(name)",
                    cause: ids.isEmpty
                        ? nil : "they have the ids \(ids.prefix(16).map { "\($0)" }.joined(separator: ", "))",
                    nextStep: ids.isEmpty ? "see which are: bpftool prog list" : "name the one by its id: id:\(ids[0])")
            }
            return try Program(id: id)
        }
    }

    private static func types(_ info: cbpf_prog_info) throws(Errno) -> BTF {
        let bytes = try BTFHandle.open(id: info.btf_id).bytesOrErrno()
        return try Result { () throws(BTFError) in try BTF(parsing: bytes) }
            .mapError { _ in Errno.invalidArgument }.get()
    }

    /// The function in its types that a program begins with (`func_info`); nil if the kernel does not tell.
    private static func ownFunction(of program: Int32, _ known: cbpf_prog_info) -> UInt32? {
        guard known.nr_func_info > 0, known.func_info_rec_size >= 8, known.func_info_rec_size <= 4_096 else {
            return nil
        }
        // struct bpf_func_info: where its code begins, and its id. The program itself is the first one.
        var record = [UInt8](repeating: 0, count: Int(known.func_info_rec_size))
        let id = unsafe record.withUnsafeMutableBytes { bytes -> UInt32? in
            var info = cbpf_prog_info()
            info.nr_func_info = 1
            info.func_info_rec_size = known.func_info_rec_size
            info.func_info = UInt64(UInt(bitPattern: bytes.baseAddress))
            guard (try? BPFCommand.readInfo(of: program, into: &info)) != nil else { return nil }
            return unsafe bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        }
        return id == 0 ? nil : id
    }

    /// The whole name of a program, by its types; nil if it has none.
    private static func wholeName(of program: Int32, _ info: cbpf_prog_info) -> String? {
        guard info.btf_id != 0, let id = ownFunction(of: program, info), let types = try? types(info) else {
            return nil
        }
        return types[Int(id)].map { types.name(of: $0) }
    }

    /// The programs of a name, of which the kernel keeps the first 15 bytes: the rest their types tell.
    ///
    /// A name of 15 bytes may be a whole one, or what is listed of a longer one.
    private static func ids(named name: String) throws(BPFError) -> [UInt32] {
        let found = try candidates(named: name)
        let exact = found.filter { $0.whole == name }
        if name.utf8.count < MapName.longest || exact.isEmpty && name.utf8.count == MapName.longest {
            return found.map(\.id)
        }
        // Without types nothing says that it is another one.
        return (exact.isEmpty ? found.filter { $0.whole == nil } : exact).map(\.id)
    }

    private static func candidates(named name: String) throws(BPFError) -> [(id: UInt32, whole: String?)] {
        let wanted = String(decoding: name.utf8.prefix(MapName.longest), as: UTF8.self)
        var found: [(id: UInt32, whole: String?)] = []
        var last: UInt32 = 0
        do throws(Errno) {
            while let id = try BPFCommand.next(CBPF_PROG_GET_NEXT_ID, after: last) {
                last = id
                var info = cbpf_prog_info()
                // It may be gone since.
                guard let program = try? BPFCommand.openProgram(id: id),
                    (try? BPFCommand.readInfo(of: program.rawValue, into: &info)) != nil, Self.name(info) == wanted
                else { continue }
                let isCut = name.utf8.count >= MapName.longest
                found.append((id, isCut ? wholeName(of: program.rawValue, info) : nil))
            }
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot list the loaded programs").needing([.sysAdmin])
        }
        return found
    }

    private static func name(_ info: cbpf_prog_info) -> String {
        unsafe withUnsafeBytes(of: info.name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
