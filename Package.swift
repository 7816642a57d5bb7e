// swift-tools-version: 6.2
import PackageDescription

// The Makefile sets this where a warning must fail the build. It is not always on: a newer compiler may warn about more.
let strict: [SwiftSetting] = Context.environment["LOOKOUT_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : []

let swiftSettings: [SwiftSetting] =
    strict + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

// What `lookout version` prints. It is a definition of one C file, so that another commit compiles nothing else anew.
let commit: [CSetting] =
    Context.environment["LOOKOUT_COMMIT"].map { [.define("LOOKOUT_COMMIT", to: "\"\($0)\"")] } ?? []

// Built only where they are asked for: nobody who builds, tests or ships the agent waits for them.
let isBenchmarking = Context.environment["LOOKOUT_BENCHMARKS"] == "1"

let benchmarks: [Target] = [
    .executableTarget(
        name: "bench-tunnel",
        dependencies: ["CCrypto", argumentParser],
        path: "Benchmarks/Macro",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "bench-micro",
        dependencies: [
            "Base", "Auth", "Drydock", "DockerBridge", "EdgeTunnel", "Policy", "CAllocations", nioCore, argumentParser,
        ],
        path: "Benchmarks/Micro",
        swiftSettings: swiftSettings
    ),
]

// A compiler's option changes what every module becomes, so scripts/prove/fuzz builds it apart.
let isFuzzing = Context.environment["LOOKOUT_FUZZ"] == "1"

let fuzzers: [Target] = [
    .target(name: "FuzzDriver", path: "Fuzz/Driver"),
    .executableTarget(
        name: "fuzz",
        dependencies: [
            "FuzzDriver", "Base", "Auth", "ContainerWatch", "DockerBridge", "EdgeTunnel", "LocalServer", "Policy",
            nioCore, nioEmbedded, logging,
        ],
        path: "Fuzz/Sources",
        swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]
    ),
]

let package = Package(
    name: "lookout",
    products: [
        .executable(name: "lookout", targets: ["Lookout"]),
        .executable(name: "edge-controller", targets: ["EdgeController"]),
    ],
    // Exact versions, because no lock file is committed: everybody builds what was tested. Their own dependencies
    // (swift-async-algorithms, swift-atomics, swift-system) take the newest versions that these allow.
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        // Layer 0: system libraries.
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CProcess"),
        .target(name: "CBuildInfo", cSettings: commit),

        // Layer 0. What every module may use: bytes, text, JSON, time, addresses, files; and HTTP/1.1 as values.
        .target(name: "Base", swiftSettings: swiftSettings),
        .target(name: "HTTPWire", dependencies: ["Base"], swiftSettings: swiftSettings),
        .target(name: "Policy", dependencies: ["Base"], swiftSettings: swiftSettings),

        // Layer 1.
        .target(
            name: "Auth",
            dependencies: ["Base", "CSodium", "CArgon2", "CCrypto", deque],
            swiftSettings: swiftSettings + [.strictMemorySafety()]
        ),
        .target(
            name: "Trail",
            dependencies: ["Base", "Auth", deque],
            swiftSettings: swiftSettings + [.strictMemorySafety()]
        ),
        .target(
            name: "DockerBridge",
            dependencies: ["Base", "HTTPWire", "Policy", nioCore, nioPosix, nioSSL, logging, deque, subprocess],
            swiftSettings: swiftSettings
        ),
        .target(name: "ContainerWatch", dependencies: ["Base"], swiftSettings: swiftSettings),

        // Layer 2: checks on live containers and on requests; what controllers want to hear.
        .target(
            name: "ContainerChecks",
            dependencies: ["Base", "ContainerWatch", "DockerBridge", nioCore, nioPosix, deque],
            swiftSettings: swiftSettings
        ),
        .target(name: "Drydock", dependencies: ["Base", "DockerBridge", nioCore], swiftSettings: swiftSettings),

        // Layer 3: the doors.
        .target(
            name: "EdgeTunnel",
            dependencies: [
                "Base", "Drydock", "DockerBridge", "HTTPWire", "Auth", "Trail", nioCore, nioPosix, nioTLS, nioSSL,
                logging, lifecycle, deque,
            ],
            swiftSettings: swiftSettings
        ),

        .target(
            name: "LocalServer",
            dependencies: [
                "Base", "ContainerChecks", "Drydock", "DockerBridge", "HTTPWire", "Auth", "Trail", "ContainerWatch",
                "Policy",
                nioCore, nioPosix, nioSSL, logging, lifecycle,
            ],
            swiftSettings: swiftSettings
        ),

        // Layer 4: settings, and the assembly of both modes.
        .target(
            name: "Agent",
            dependencies: [
                "Base", "Auth", "Trail", "ContainerWatch", "ContainerChecks", "Drydock", "DockerBridge", "EdgeTunnel",
                "LocalServer", "Policy", "CProcess", "CBuildInfo", nioCore, nioPosix, logging, lifecycle,
            ],
            swiftSettings: swiftSettings
        ),

        // Layer 5: the program's commands.
        .executableTarget(
            name: "Lookout",
            dependencies: [
                "Base", "Auth", "Trail", "ContainerWatch", "ContainerChecks", "DockerBridge", "LocalServer", "Policy",
                "Agent",
                nioCore, argumentParser, unixSignals,
            ],
            swiftSettings: swiftSettings
        ),

        // A small reference controller: the far end of the tunnel in the demo and in the end-to-end tests.
        .executableTarget(
            name: "EdgeController",
            dependencies: [
                "Auth", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, logging, argumentParser, unixSignals,
            ],
            path: "examples/edge/controller",
            swiftSettings: swiftSettings
        ),

        // Tests.
        .target(
            name: "Support",
            dependencies: ["Base", "DockerBridge", nioCore, nioPosix, nioEmbedded, logging, subprocess],
            path: "Tests/Support",
            swiftSettings: swiftSettings
        ),
        // Counts what the program of the tests asks the allocator for.
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        // Counts the steps of loops in the program of the tests.
        .target(name: "CSteps", path: "Tests/CSteps"),
        .testTarget(name: "BaseTests", dependencies: ["Base", "Support"], swiftSettings: swiftSettings),
        .testTarget(name: "HTTPWireTests", dependencies: ["Base", "HTTPWire"], swiftSettings: swiftSettings),
        .testTarget(name: "AuthTests", dependencies: ["Base", "Auth", "Support"], swiftSettings: swiftSettings),
        .testTarget(
            name: "TrailTests",
            dependencies: ["Base", "Auth", "Trail", "Support", deque],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "ContainerWatchTests",
            dependencies: ["Base", "ContainerWatch", "CAllocations", "CSteps"],
            exclude: ["Cases"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "DockerBridgeTests",
            dependencies: [
                "Base", "DockerBridge", "HTTPWire", "Policy", "Support", "CAllocations", nioCore, nioPosix, nioEmbedded,
                nioHTTP1, subprocess, "CSteps",
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EdgeTunnelTests",
            dependencies: [
                "Base", "EdgeTunnel", "Drydock", "DockerBridge", "Auth", "Trail", "Policy", "Support", "CAllocations",
                "CSteps",
                nioCore, nioPosix, nioEmbedded, nioSSL, logging, lifecycle,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "LocalServerTests",
            dependencies: [
                "Base", "LocalServer", "Drydock", "DockerBridge", "HTTPWire", "Auth", "Trail", "ContainerWatch",
                "Policy", "Support",
                nioCore, nioPosix, nioEmbedded, nioSSL, logging, lifecycle,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Base", "Agent", "Auth", "Trail", "ContainerWatch", "ContainerChecks", "LocalServer", "EdgeTunnel",
                "Drydock", "DockerBridge", "Policy", "Support", nioCore, logging, lifecycle,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "LookoutTests",
            dependencies: ["Base", "Lookout", "Auth", "ContainerWatch", "Policy", nioCore, argumentParser],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Base", "EdgeTunnel", "LocalServer", "Drydock", "DockerBridge", "Auth", "Support", nioCore, logging,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EndToEnd",
            dependencies: ["Support"],
            path: "Tests/EndToEnd",
            swiftSettings: swiftSettings
        ),
        // Attacks on the built program, from sockets and threads of its own.
        .testTarget(
            name: "Hostile",
            dependencies: ["Auth", "Support"],
            path: "Tests/Hostile",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "DrydockTests",
            dependencies: ["Drydock", "DockerBridge", nioCore],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "ContainerChecksTests",
            dependencies: [
                "Base", "ContainerChecks", "ContainerWatch", "DockerBridge", "Support", nioCore, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "PolicyTests",
            dependencies: ["Base", "Policy", "CAllocations", "CSteps"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "RepositoryTests",
            dependencies: ["Agent", "ContainerWatch", "Policy", "Support"],
            swiftSettings: swiftSettings
        ),
    ] + (isBenchmarking ? benchmarks : []) + (isFuzzing ? fuzzers : [])
)
