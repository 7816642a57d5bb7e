import Foundation
import Testing

extension EndToEndWaits {
    /// Calls that take longer than `REQUEST_TIMEOUT` end as they do at the engine's own socket.
    @Suite struct PatienceTests {
        private static let settings = ["REQUEST_TIMEOUT": "2"]

        /// The first process of a container has no handler for SIGTERM, so that only the end of its time ends it.
        @Test(arguments: Door.allCases, ["stop", "restart"])
        func theTimeThatACommandGivesAContainerIsWaitedFor(door: Door, command: String) async throws {
            try await Workbench.use { bench in
                let (name, twin) = (try await bench.sleeper(), try await bench.sleeper())
                let (_, socket) = try await door.open(on: bench, settings: Self.settings)
                let expected = try await bench.direct(command, "-t", "5", twin)
                let outcome = try await Docker(socket, on: bench)(command, "-t", "5", name)
                #expect(expected.status == 0)
                #expect(outcome.status == expected.status)
                #expect(outcome.output == expected.output.replacing(twin, with: name))
                #expect(outcome.errors == expected.errors)
            }
        }

        @Test(arguments: Door.allCases)
        func theTimeThatAContainersOwnSettingsGiveItIsWaitedFor(door: Door) async throws {
            try await Workbench.use { bench in
                let (_, socket) = try await door.open(on: bench, settings: Self.settings)
                var statuses: [Int] = []
                // Beside each other, so that the test takes the time once.
                var stops: [APIConnection] = []
                for place in [Engine.shared.socket, socket] {
                    let name = try await bench.slowToStop(seconds: 16)
                    let stop = try APIConnection(place)
                    try stop.say("POST /containers/\(name)/stop HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
                    stops.append(stop)
                }
                for stop in stops { statuses.append(try await stop.answer().status) }
                #expect(statuses == [204, 204])
            }
        }

        @Test(arguments: Door.allCases)
        func aContainerIsWaitedForUntilItEnds(door: Door) async throws {
            try await Workbench.use { bench in
                let (_, socket) = try await door.open(on: bench, settings: Self.settings)
                let name = try await bench.container("sh", "-c", "sleep 6; exit 5")
                let outcome = try await Docker(socket, on: bench)("wait", name)
                #expect(outcome.output == "5\n", "\(outcome.errors)")
            }
        }
    }
}

extension Workbench {
    /// A container whose settings give it so many seconds to end, and which takes them.
    fileprivate func slowToStop(seconds: Int) async throws -> String {
        try await self.container(options: ["--stop-timeout", "\(seconds)"], "tail", "-f", "/dev/null")
    }
}
