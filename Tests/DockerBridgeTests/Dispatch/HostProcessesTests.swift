import Foundation
import Glibc
import Subprocess
import Support
import Synchronization
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
        var options = PlatformOptions()
        options.createSession = true
        // The child keeps the output open: its end is the end of both.
        let end = try await Subprocess.run(
            .name("sh"),
            arguments: ["-c", "sleep 600 & echo started; wait"],
            platformOptions: options,
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            let isLeader = Mutex(false)
            for try await _ in execution.standardOutput where !isLeader.withLock({ exchange(&$0, with: true) }) {
                #expect(HostProcesses.real.signal(execution.processIdentifier.value, SIGKILL))
            }
        }
        #expect(end.terminationStatus == .signaled(SIGKILL))
    }
}
