import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import DockerBridge

@Suite struct ProcessTableTests {
    private static let table = ProcessTable([
        1: .init(parent: 0, group: 1, isZombie: false),
        10: .init(parent: 1, group: 10, isZombie: false),
        11: .init(parent: 10, group: 10, isZombie: false),
        12: .init(parent: 11, group: 12, isZombie: false),
        13: .init(parent: 10, group: 10, isZombie: true),
        14: .init(parent: 13, group: 13, isZombie: false),
        20: .init(parent: 1, group: 10, isZombie: false),
    ])

    @Test func descendantsAreThoseBelowThatHaveNotEnded() {
        #expect(Self.table.descendants(of: 10) == [11, 12, 14])
        #expect(Self.table.descendants(of: 12) == [])
    }

    @Test func aGroupIsMoreThanAFamily() {
        #expect(Self.table.members(of: 10) == [10, 11, 20])
    }

    @Test func zombiesAreKnownByTheirParent() {
        #expect(Self.table.zombies(of: 10) == [13])
        #expect(Self.table.zombies(of: 1) == [])
    }

    /// A number that was used again may make a circle of two readings.
    @Test func aCircleIsWalkedOnce() {
        let table = ProcessTable([
            2: .init(parent: 3, group: 2, isZombie: false), 3: .init(parent: 2, group: 2, isZombie: false),
        ])
        #expect(table.descendants(of: 2) == [3])
    }

    @Test(arguments: [
        ("7 (sh) S 3 5 5 0 -1 4194304", ProcessTable.Entry(parent: 3, group: 5, isZombie: false)),
        ("7 (a ) Z 9) Z 3 5 5", .init(parent: 3, group: 5, isZombie: true)),
        ("7 (gone) X 3 5", .init(parent: 3, group: 5, isZombie: true)),
        ("7 (sh S 3 5", nil), ("7 (sh) S", nil), ("", nil),
    ])
    func aLineOfProcIsRead(_ line: String, _ entry: ProcessTable.Entry?) {
        #expect(ProcessTable.Entry(statLine: Array(line.utf8)) == entry)
    }

    @Test func thisProcessIsInTheTable() {
        let entry = ProcessTable.read().entries[getpid()]
        #expect(entry == ProcessTable.Entry(parent: getppid(), group: getpgrp(), isZombie: false))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        #expect(ProcessTable.hasVariable("PATH=\(path)", getpid()) == true)
        #expect(ProcessTable.hasVariable("PATH=\(path)x", getpid()) == false)
    }

    /// Field 51 is where the environment ends: 0 until the kernel has laid out the new program.
    @Test(
        arguments: [
            (["A=1\0MARK=x\0"], 9, true), (["A=1\0"], 9, false), ([""], 0, nil), (["", "MARK=x\0"], 9, true),
            (["", "A=1\0"], 9, false), (["", ""], 9, false), ([], 0, false),
        ] as [([String], Int, Bool?)]
    )
    func anEnvironmentThatIsNotThereYetDecidesNothing(readings: [String], end: Int, expected: Bool?) {
        var readings = readings
        let line = "7 (sh) S 3 5 " + String(repeating: "1 ", count: 45) + "\(end) 0"
        let answer = ProcessTable.hasVariable("MARK=x", 7) { path in
            if path == "/proc/7/stat" { return Array(line.utf8) }
            return readings.isEmpty ? nil : Array(readings.removeFirst().utf8)
        }
        #expect(answer == expected)
    }

    @Test func aZombieHasNoEnvironmentToWaitFor() {
        let line = "7 (sh) Z 3 5 " + String(repeating: "0 ", count: 46) + "0"
        #expect(ProcessTable.hasVariable("MARK=x", 7) { $0 == "/proc/7/stat" ? Array(line.utf8) : [] } == false)
    }

    /// The kernel's part of it. A look waits while the program is replaced, so these are few.
    @Test func aProcessThatReplacesItsProgramIsNeverSaidToLackItsVariable() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "replaces-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appending(path: "again")
        try "#!/bin/sh\nexec \"$0\"\n".write(to: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        let end = try await Subprocess.run(
            .path(FilePath(script.path)),
            environment: .custom(["MARK": "here"]),
            input: .none,
            output: .discarded,
            error: .discarded
        ) { execution in
            let process = execution.processIdentifier.value
            defer { kill(process, SIGKILL) }
            let looks = (0..<500).map { _ in ProcessTable.hasVariable("MARK=here", process) }
            #expect(looks.contains(true))
            #expect(!looks.contains(false))
        }
        #expect(end.terminationStatus == .signaled(SIGKILL))
    }
}
