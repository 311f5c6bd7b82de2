// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of a row that `bpf-eventd` has rotated, the oldest first: `OUT.old.000001` and on, `OUT.16` to `OUT.1`, `OUT`.
public func rotatedFiles(_ path: String) -> [String] {
    var renamed = [path]
    while FileManager.default.fileExists(atPath: "\(path).\(renamed.count)") {
        renamed.insert("\(path).\(renamed.count)", at: 0)
    }
    let url = URL(fileURLWithPath: path)
    let (folder, name) = (url.deletingLastPathComponent().path, url.lastPathComponent)
    let archived = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasPrefix("\(name).old.") }.sorted()
    return archived.map { "\(folder)/\($0)" } + renamed
}
