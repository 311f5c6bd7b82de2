// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Starts a program by posix_spawn(3).
///
/// Not by Foundation's `Process`: that learns of an end through a socket that every grandchild inherits, so a program
/// that leaves one behind never ends for it.
///
/// - Parameters:
///   - path: The program.
///   - arguments: Without the program's name.
///   - descriptors: What becomes its stdin, stdout and stderr.
///   - environment: All of its variables.
/// - Returns: The process id, for ``reap(_:wait:)``.
public func spawn(
    _ path: String, _ arguments: [String], descriptors: (stdin: Int32, stdout: Int32, stderr: Int32),
    environment: [String: String], currentDirectory: String? = nil
) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, source) in [descriptors.stdin, descriptors.stdout, descriptors.stderr].enumerated() {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(number))
    }
    // posix_spawn(3) itself changes folders only as an extension that Swift does not see.
    let inFolder = currentDirectory.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0, path] + arguments }
    let command = inFolder ?? [path] + arguments
    var argv = command.map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    // Whoever runs the tests in the background has them ignore SIGINT and SIGQUIT, which children would inherit.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var usual = sigset_t()
    sigfillset(&usual)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    // Threads of the tests may have signals blocked, and a shell that never sees SIGCHLD waits for ever.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var child: pid_t = 0
    let error = posix_spawn(&child, command[0], &actions, &attributes, &argv, &envp)
    guard error == 0 else { throw ProcessFailure.notStarted(path, String(cString: strerror(error))) }
    return child
}

/// Takes the status of a process that has ended: the exit code, or 128 and the signal; nil if it has not.
public func reap(_ pid: Int32, wait: Bool) -> Int32? {
    var status: Int32 = 0
    guard waitpid(pid, &status, wait ? 0 : WNOHANG) == pid else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
}
