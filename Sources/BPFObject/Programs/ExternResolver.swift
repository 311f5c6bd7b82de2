// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Finds on a kernel what an object wants of it by name.
struct ExternResolver {
    let kernel: any KernelEnvironment
    /// The map of the kernel's configuration, and what lies where in it.
    let configuration: (map: Int, section: KconfigSection)?
    /// The object's types.
    let types: BTF?

    func resolve(_ symbol: ExternSymbol) throws(ObjectError) -> ProgramLinker.ResolvedExtern {
        do throws(EnvironmentError) {
            switch symbol.kind {
            case .configuration:
                if let (map, section) = configuration, let offset = section.offset(of: symbol.name),
                    let offset = Int32(exactly: offset)
                {
                    return .data(map: map, offset: offset)
                }
            case .address:
                if let address = try kernel.address(ofSymbol: symbol.name) { return .value(address) }
                if symbol.isWeak { return .value(0) }
            case .variable:
                if let found = try kernel.variable(named: symbol.name) {
                    return .kernelObject(id: found.id, module: found.module)
                }
                if symbol.isWeak { return .value(0) }
            case .function:
                if let found = try kernel.function(for: symbol, in: types) {
                    return .kernelObject(id: found.id, module: found.module)
                }
                if symbol.isWeak { return .missing }
            }
        } catch {
            throw ObjectError(.environment(error.diagnostic))
        }
        var error = ObjectError(.missingExtern(symbol.kind))
        error.symbol = symbol.name
        throw error
    }
}
