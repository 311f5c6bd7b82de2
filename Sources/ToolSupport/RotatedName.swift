// SPDX-License-Identifier: Apache-2.0

/// The names of rotated files: `OUT` becomes `OUT.1`, `OUT.1` becomes `OUT.2`, and so on.
public enum RotatedName {
    /// A file's name.
    ///
    /// - Parameters:
    ///   - base: `OUT`, or a path that ends in it.
    ///   - number: How many rotations the file has behind it; 0 is the one that is written.
    public static func name(_ base: String, _ number: Int) -> String {
        number == 0 ? base : "\(base).\(number)"
    }
}
