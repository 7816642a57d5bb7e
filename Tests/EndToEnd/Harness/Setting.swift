import Foundation
import Testing

/// How a container is started, and what is to be found in it unless a profile is named.
struct Setting: CustomTestStringConvertible {
    let options: [String]
    /// `severity rule`, in the order of the report.
    let expected: [String]

    /// `SOCKET` stands for the engine's own.
    init(_ options: String, _ expected: String...) {
        // A space within an option is one that does not break.
        self.options = options.split(separator: " ").map { String($0).replacing("\u{A0}", with: " ") }
        self.expected = expected
    }

    static let all = [
        Setting("--user 1000"),
        Setting("", "medium root-user"),
        Setting("--user 1000 --privileged", "critical privileged-container"),
        Setting("--user 1000 --volume SOCKET:/s:ro", "critical docker-socket-mount"),
        Setting("--user 1000 --volume /etc:/e", "high sensitive-host-mount"),
        Setting("--user 1000 --volume /proc:/p:ro", "medium sensitive-host-mount"),
        Setting("--user 1000 --mount type=bind,source=/sys,target=/x", "high sensitive-host-mount"),
        Setting("--user 1000 --pid host", "high host-pid-namespace"),
        Setting("--user 1000 --network host", "high host-network"),
        Setting("--user 1000 --cap-add ALL", "high dangerous-capability"),
        Setting("--user 1000 --cap-add net_admin", "high dangerous-capability"),
        Setting("--user 1000 --security-opt seccomp=unconfined", "high seccomp-unconfined"),
        Setting("--user 1000 --security-opt apparmor=unconfined", "high apparmor-unconfined"),
        Setting("--user 1000 --expose 2375", "medium docker-api-exposed"),
        Setting("--user 1000 --volume /var/run:/r:ro", "high sensitive-host-mount"),
        Setting("--user 1000 --volume /usr/bin:/u", "high extra-host-mount"),
        Setting("--user 1000 --ipc host", "high host-ipc-namespace"),
        Setting("--user 1000 --device-cgroup-rule b\u{A0}8:*\u{A0}r", "high device-cgroup-wildcard"),
        Setting("--user 1000 --security-opt systempaths=unconfined", "high unmasked-system-paths"),
        Setting("--user 1000 --cap-add NET_RAW --cap-add MKNOD"),
        Setting("--user 0:0 --pid host", "high host-pid-namespace", "medium root-user"),
    ]

    var testDescription: String { self.options.joined(separator: " ") }

    /// Whether anything critical or high is among it.
    var isDangerous: Bool { self.expected.contains { $0.hasPrefix("critical") || $0.hasPrefix("high") } }

    /// Starts one that runs until the test ends.
    ///
    /// - Returns: its name.
    func container(on bench: Workbench) async throws -> String {
        let name = Workbench.unusedName
        bench.atEnd { _ = try? await bench.direct("rm", "--force", "--volumes", name) }
        let created = try await bench.direct.run(["run", "--detach", "--name", name] + self.arguments)
        try #require(created.status == 0, "\(created.errors)")
        return name
    }

    /// What follows `docker run` and its name.
    var arguments: [String] {
        let options = self.options.map { $0.replacing("SOCKET", with: Engine.shared.socket) }
        let network = options.contains("--network") ? [] : ["--network", "none"]
        return network + options + [Engine.image, "tail", "-f", "/dev/null"]
    }
}
