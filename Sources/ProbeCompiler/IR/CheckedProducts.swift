// SPDX-License-Identifier: Apache-2.0

/// Products of 64 bits whose overflow is checked.
///
/// LLVM would make a product of 128 bits of `llvm.umul.with.overflow.i64`, which BPF does not have; these functions find
/// the same by a division.
enum CheckedProducts {
    /// A line in which the checked products are calls of ``functions``.
    static func replaced(in line: Substring) -> String? {
        guard IRText.has("mul.with.overflow.i64(", in: line), IRText.has("call ", in: line) else { return nil }
        return String(line).replacing("@llvm.umul.with.overflow.i64(", with: "@__bpfkit_umulo(")
            .replacing("@llvm.smul.with.overflow.i64(", with: "@__bpfkit_smulo(")
    }

    static let functions = """
        define internal { i64, i1 } @__bpfkit_umulo(i64 %a, i64 %b) alwaysinline {
          %product = mul i64 %a, %b
          %zero = icmp eq i64 %a, 0
          %divisor = select i1 %zero, i64 1, i64 %a
          %quotient = udiv i64 %product, %divisor
          %differs = icmp ne i64 %quotient, %b
          %over = select i1 %zero, i1 false, i1 %differs
          %x = insertvalue { i64, i1 } poison, i64 %product, 0
          %y = insertvalue { i64, i1 } %x, i1 %over, 1
          ret { i64, i1 } %y
        }
        define internal { i64, i1 } @__bpfkit_smulo(i64 %a, i64 %b) alwaysinline {
          %an = sub i64 0, %a
          %bn = sub i64 0, %b
          %as = icmp slt i64 %a, 0
          %bs = icmp slt i64 %b, 0
          %am = select i1 %as, i64 %an, i64 %a
          %bm = select i1 %bs, i64 %bn, i64 %b
          %both = call { i64, i1 } @__bpfkit_umulo(i64 %am, i64 %bm)
          %magnitude = extractvalue { i64, i1 } %both, 0
          %large = extractvalue { i64, i1 } %both, 1
          %negative = xor i1 %as, %bs
          %limit = select i1 %negative, i64 -9223372036854775808, i64 9223372036854775807
          %above = icmp ugt i64 %magnitude, %limit
          %over = or i1 %large, %above
          %product = mul i64 %a, %b
          %x = insertvalue { i64, i1 } poison, i64 %product, 0
          %y = insertvalue { i64, i1 } %x, i1 %over, 1
          ret { i64, i1 } %y
        }

        """
}
