// SPDX-License-Identifier: Apache-2.0

#if hasFeature(Embedded)
    /// What the compiler of probes makes the end of a run of; call ``fatalError(_:file:line:)``.
    @_silgen_name("__bpfkit_end") public func __bpfkit_end() -> Never

    /// Ends this run of the program with 0, with checks and without.
    ///
    /// Swift's own function of this name would be taken away with its condition where there are no checks. The words are for
    /// who reads the source.
    @_transparent
    public func fatalError(
        _ message: @autoclosure () -> StaticString = StaticString(), file: StaticString = #file, line: UInt = #line
    ) -> Never {
        __bpfkit_end()
    }
#endif
