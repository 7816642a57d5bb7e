import Policy
import Testing

@Suite struct OperationTests {
    /// Groups, and the operations of each, as rules and documentation name them.
    private static let vocabulary = [
        "system": "ping version info df events auth",
        "containers": """
        list inspect logs stats top changes export attach archive.read archive.write create start stop restart kill pause \
        unpause rename update resize wait remove prune
        """,
        "exec": "create start inspect resize",
        "images": """
        list inspect history pull import load save search tag push remove prune build commit distribution
        """,
        "networks": "list inspect create connect disconnect remove prune",
        "volumes": "list inspect create update remove prune",
        "build": "session grpc cache.prune",
        "swarm": "read write",
        "plugins": "read write",
        "agent": "compose forward findings metrics mcp",
    ]

    @Test func namesAreTheVocabulary() {
        let names = Self.vocabulary.flatMap { group, names in names.split(separator: " ").map { "\(group).\($0)" } }
        #expect(Set(Operation.allCases.map(\.rawValue)) == Set(names).union(["unknown"]))
    }

    @Test(arguments: Operation.Group.allCases)
    func aGroupHoldsTheOperationsOfItsName(group: Operation.Group) {
        let count = Self.vocabulary[group.rawValue]?.split(separator: " ").count
        #expect(Operation.allCases.filter { $0.group == group }.count == count)
    }

    @Test func unknownHasNoGroupAndMayChangeAnything() {
        #expect(Operation.unknown.group == nil)
        #expect(Operation.unknown.effect == .changes)
    }

    @Test(arguments: [
        "attach", "create", "start", "write", "remove", "prune", "pull", "exec", "build", "update", "mcp",
    ])
    func operationsThatActAreChanges(word: String) {
        let acting = Operation.allCases.filter { $0.rawValue.split(separator: ".").contains { $0 == word } }
        #expect(!acting.isEmpty && acting.allSatisfy { $0.effect == .changes || $0 == .execInspect })
    }

    @Test(arguments: ["list", "inspect", "logs", "stats", "history", "ping", "read", "search", "findings"])
    func operationsThatLookAreReadings(word: String) {
        let looking = Operation.allCases.filter { $0.rawValue.hasSuffix(".\(word)") }
        #expect(!looking.isEmpty && looking.allSatisfy { $0.effect == .reads })
    }
}
