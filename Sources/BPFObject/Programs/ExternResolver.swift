// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Finds on a kernel what an object wants of it by name.
struct ExternResolver {
    let kernel: any KernelEnvironment

    func resolve(_ symbol: ExternSymbol) throws(ObjectError) -> ProgramLinker.ResolvedExtern {
        do throws(EnvironmentError) {
            switch symbol.kind {
            case .configuration: break
            case .address:
                if let address = try kernel.address(ofSymbol: symbol.name) { return .value(address) }
                if symbol.isWeak { return .value(0) }
            case .variable:
                if let found = try kernel.variable(named: symbol.name) {
                    return .kernelObject(id: found.id, module: found.module)
                }
                if symbol.isWeak { return .value(0) }
            case .function:
                if let found = try kernel.function(named: symbol.name) {
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
