// SPDX-License-Identifier: Apache-2.0

// What Swift has no words for. The compiler of probes has the bodies, in C; a program of the host has none.

#if hasFeature(Embedded)
    /// `bpf_loop()`; call ``repeatLoop(_:_:)``.
    @_silgen_name("__bpfkit_loop")
    public func __bpfkit_loop(_ count: UInt32, _ body: (UInt32) -> Int) -> Int
    /// `bpf_for_each_map_elem()`; call ``KeyedMap/forEach(_:)``.
    @_silgen_name("__bpfkit_for_each")
    public func __bpfkit_for_each(
        _ map: UnsafeMutablePointer<MapDefinition>,
        _ body: (MapEntry) -> Int
    ) -> Int
    /// An atomic addition; call ``add(_:to:)``.
    @_extern(c) public func __bpfkit_add32(_ place: UnsafeMutableRawPointer, _ amount: UInt32)
    /// An atomic addition; call ``add(_:to:)``.
    @_extern(c) public func __bpfkit_add64(_ place: UnsafeMutableRawPointer, _ amount: UInt64)
#else
    /// `bpf_loop()`; call ``repeatLoop(_:_:)``.
    public func __bpfkit_loop(_ count: UInt32, _ body: (UInt32) -> Int) -> Int {
        var done = 0
        for index in 0..<count {
            done += 1
            if body(index) != 0 { break }
        }
        return done
    }
    /// `bpf_for_each_map_elem()`; call ``KeyedMap/forEach(_:)``.
    public func __bpfkit_for_each(
        _ map: UnsafeMutablePointer<MapDefinition>,
        _ body: (MapEntry) -> Int
    ) -> Int {
        fatalError("BPFKit: helpers of the kernel can be called in a probe only")
    }
    /// An atomic addition; call ``add(_:to:)``.
    public func __bpfkit_add32(_ place: UnsafeMutableRawPointer, _ amount: UInt32) {
        place.assumingMemoryBound(to: UInt32.self).pointee &+= amount
    }
    /// An atomic addition; call ``add(_:to:)``.
    public func __bpfkit_add64(_ place: UnsafeMutableRawPointer, _ amount: UInt64) {
        place.assumingMemoryBound(to: UInt64.self).pointee &+= amount
    }
#endif

/// Calls `body` with 0, 1, 2 and so on, `count` times, or until it returns 1 in place of 0: `bpf_loop()`
/// (helper 181, Linux 5.17).
///
/// The verifier takes no other result. It looks at the body once, so that the count may be up to 8 million and need not be a constant. The body
/// may use and change what is around it.
///
/// - Returns: how many times, or a negative number of an error.
@discardableResult
@_transparent
public func repeatLoop(_ count: UInt32, _ body: (UInt32) -> Int) -> Int { __bpfkit_loop(count, body) }

/// Adds to a number of 4 or 8 bytes in a map, without losing what other processors add at the same time.
@_transparent
public func add<Value: FixedWidthInteger>(_ amount: Value, to place: UnsafeMutablePointer<Value>) {
    if MemoryLayout<Value>.size == 8 {
        __bpfkit_add64(place, UInt64(truncatingIfNeeded: amount))
    } else if MemoryLayout<Value>.size == 4 {
        __bpfkit_add32(place, UInt32(truncatingIfNeeded: amount))
    } else {
        __bpfkit_no_atomic_addition()
    }
}
