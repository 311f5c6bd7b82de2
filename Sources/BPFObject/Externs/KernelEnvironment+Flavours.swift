// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension KernelEnvironment {
    /// The function of the kernel that an object wants.
    ///
    /// An object may declare a function several times, as kernels have it with other parameters (`NAME___v2`): what follows
    /// three underscores is no part of the name, and the declaration whose types fit is the one.
    ///
    /// - Parameters:
    ///   - symbol: What the object wants.
    ///   - types: The object's types.
    func function(for symbol: ExternSymbol, in types: BTF?) throws(EnvironmentError) -> KernelObject? {
        let name = BTFNameIndex.essential(symbol.name)
        guard let found = try function(named: name) else { return nil }
        // The functions of modules are in types of their own.
        guard name != symbol.name, found.module == 0, let types, let mine = types[symbol.type],
            let index = try? kernelTypes(), let other = index.btf[Int(found.id)],
            // What stands in for the kernel's types has other ids.
            other.kind == .function, index.btf.name(of: other) == name
        else { return found }
        var comparison = COREComparison(local: types, target: index.btf, stepsLeft: Self.mostSteps)
        // What takes too long to be compared is left to the verifier.
        let fits = (try? comparison.typesCompatible(mine.sizeOrType, other.sizeOrType)) ?? true
        return fits ? found : nil
    }

    /// Steps that a comparison of two functions may take: their parameters are compared, and not what those point to.
    private static var mostSteps: Int { 4_096 }
}
