// SPDX-License-Identifier: Apache-2.0

/// Elements in the order of their addresses.
extension Array {
    /// The number of the elements that begin at an address or before it.
    package func count(upTo address: UInt64, start: (Element) -> UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if start(self[middle]) <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Keeps of all elements of one address the first.
    package mutating func keepFirst(ofEach start: (Element) -> UInt64) {
        var kept = 0
        for index in indices where index == 0 || start(self[index]) != start(self[kept - 1]) {
            self[kept] = self[index]
            kept += 1
        }
        removeLast(count - kept)
    }
}
