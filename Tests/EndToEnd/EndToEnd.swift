import Foundation
import Testing

/// Minutes that one test may take. `make bodies` compares two thousand bodies in one, at about a second each.
private let minutes = ProcessInfo.processInfo.environment["BODIES"] == nil ? 2 : 90

/// The built agent, the built reference controller, a real engine and the real docker command line.
///
/// One at a time: every test starts programs of its own, and a small machine has room for one set of them.
@Suite(.engine, .serialized, .timeLimit(.minutes(minutes))) struct EndToEnd {}

/// Tests that wait most of their time for a deadline of the program or for the engine, which is why they run beside the others.
@Suite(.engine, .timeLimit(.minutes(6))) enum EndToEndWaits {}

/// The same across network namespaces. These tests wait for deadlines most of their time, so they run side by side.
@Suite(
    .engine,
    .timeLimit(.minutes(6)),
    .enabled(if: Network.isPossible, "needs root, iproute2, iptables and conntrack")
) enum EndToEndNetwork {}
