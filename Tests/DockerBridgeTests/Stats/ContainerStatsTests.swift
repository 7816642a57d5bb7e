import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ContainerStatsTests {
    @Test func whatMattersIsRead() throws {
        let document = """
            {"read":"x","cpu_stats":{"cpu_usage":{"percpu_usage":[1],"total_usage":4200},"online_cpus":2},
             "precpu_stats":{"cpu_usage":{"total_usage":1}},
             "memory_stats":{"usage":10,"limit":20,"stats":{"usage":99}},
             "networks":{"eth1":{"rx_bytes":3,"tx_bytes":4},"eth0":{"rx_bytes":1,"rx_packets":9,"tx_bytes":2}}}
            """
        let stats = try #require(ContainerStats(parsing: ByteBuffer(string: document)))
        #expect(stats.cpuNanoseconds == 4200)
        #expect(stats.memoryUsage == 10)
        #expect(stats.memoryLimit == 20)
        #expect(
            stats.networks == [.init(name: "eth0", received: 1, sent: 2), .init(name: "eth1", received: 3, sent: 4)]
        )
    }

    /// A container without a network has no member for it, and one that has just ended has empty objects.
    @Test(arguments: ["{}", #"{"cpu_stats":{},"memory_stats":{},"networks":null}"#])
    func whatIsMissingIsZero(_ document: String) throws {
        let stats = try #require(ContainerStats(parsing: ByteBuffer(string: document)))
        #expect(stats.cpuNanoseconds == 0 && stats.memoryUsage == 0 && stats.networks.isEmpty)
    }

    @Test(arguments: ["", "[]", "{", "null"])
    func whatIsNoDocumentIsNone(_ document: String) {
        #expect(ContainerStats(parsing: ByteBuffer(string: document)) == nil)
    }
}
