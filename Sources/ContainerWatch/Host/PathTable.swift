/// Paths of the host that a rule knows. A lookup takes a step for each name of the path, however many paths there are.
///
/// `*` in a path is any one name.
struct PathTable: Sendable {
    private final class Node: Sendable {
        let children: [String: Node]
        let anyChild: Node?
        let isEntry: Bool

        init(_ paths: [ArraySlice<String>]) {
            let groups = Dictionary(grouping: paths.filter { !$0.isEmpty }) { $0.first ?? "" }
            let children = groups.mapValues { Node($0.map { $0.dropFirst() }) }
            self.children = children.filter { $0.key != "*" }
            self.anyChild = children["*"]
            self.isEntry = paths.contains(where: \.isEmpty)
        }
    }

    private let top: Node

    init(_ paths: String...) {
        self.top = Node(
            paths.map { path in
                guard let path = HostPath(path) else { preconditionFailure("\(path) is not absolute") }
                return path.names[...]
            }
        )
    }

    func isAt(_ path: HostPath) -> Bool { self.end(of: path)?.isEntry ?? false }
    /// Whether an entry is below the path, and is not the path itself.
    func hasEntryBelow(_ path: HostPath) -> Bool {
        self.end(of: path).map { !$0.children.isEmpty || $0.anyChild != nil } ?? false
    }
    func isAtOrAbove(_ path: HostPath) -> Bool { self.end(of: path) != nil }
    func isAtOrBelow(_ path: HostPath) -> Bool { self.distance(of: path) != nil }
    func isAtOrOneBelow(_ path: HostPath) -> Bool { self.distance(of: path).map { $0 < 2 } ?? false }

    private func end(of path: HostPath) -> Node? {
        var node: Node? = self.top
        for name in path.names {
            node = node.flatMap { $0.children[name] ?? $0.anyChild }
            if node == nil { return nil }
        }
        return node
    }

    /// How many names the path has more than the longest entry that is at it or above it; `nil` when there is none.
    private func distance(of path: HostPath) -> Int? {
        var node = self.top
        var found: Int? = node.isEntry ? path.names.count : nil
        for (index, name) in path.names.enumerated() {
            guard let next = node.children[name] ?? node.anyChild else { break }
            node = next
            if node.isEntry { found = path.names.count - index - 1 }
        }
        return found
    }
}
