import Foundation
import Glibc
import Support
import Testing

@testable import DockerBridge

@Suite struct HostProcessesTests {
    @Test func aProcessIsVisibleByTheFullIDThatItsControlGroupNames() {
        let id = String(repeating: "0123456789abcdef", count: 4)
        #expect(HostProcesses.isNamed(id, in: "0::/system.slice/docker-\(id).scope\n"))
        #expect(!HostProcesses.isNamed(String(repeating: "f", count: 64), in: "0::/system.slice/docker-\(id).scope\n"))
        #expect(!HostProcesses.real.isVisible(getpid(), id))
    }

    /// An engine elsewhere that names a part of every control group would choose which process of this host is ended.
    @Test(arguments: ["", "0", "/", "::", "system.slice", String(repeating: "/", count: 64)])
    func aPartOfEveryControlGroupIsNotAnID(_ container: String) {
        #expect(!HostProcesses.isNamed(container, in: "0::/system.slice/lookout.service\n" + container))
    }

    @Test func aProcessThatIsGoneIsNotVisibleAndItsSignalNoFailure() async throws {
        let text = try await runProgram("sh", ["-c", "echo $$"]).text
        let id = try #require(Int32(text.dropLast()))
        #expect(!HostProcesses.real.isVisible(id, "/"))
        #expect(HostProcesses.real.signal(id, SIGHUP))
    }

    @Test func aSignalReachesTheWholeGroupThatAProcessLeads() async throws {
        try await onThread {
            let output = Pipe()
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/setsid")
            // The child keeps the pipe open: its end is the end of both.
            process.arguments = ["sh", "-c", "sleep 600 & echo $$; wait"]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            let id = try #require(Int32(text.split(separator: "\n").first ?? ""))
            #expect(HostProcesses.real.signal(id, SIGKILL))
            #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
            process.waitUntilExit()
        }
    }
}
