import ContainerWatch
package import DockerBridge
import Glibc

/// Follows symbolic links of the host, as the kernel does when the engine mounts a path.
///
/// What it finds is true at that moment: who may write to a folder on the way can change it before the engine looks.
package struct HostLinks: Sendable {
    /// Links on the way to one file; the kernel gives up after as many.
    private static let mostLinks = 40
    /// Bytes of a path, as the kernel has it.
    private static let longestPath = 4096

    /// Bytes of paths that are looked up for one request: a look-up costs the kernel a step for each name on the way, and a body
    /// of 4 MiB may name thousands of paths of thousands of names. Four thousand mounts of ordinary paths have 5 MiB.
    static let mostBytes = 8 << 20
    /// What a look-up costs however short its path is.
    private static let leastBytes = 64

    /// Where the host's files are mounted for the agent; empty on the host itself.
    let root: String
    /// The engine's own socket, by its name and by what that leads to. Empty where the agent has the host's files in a folder:
    /// the socket has another name there.
    private(set) var sockets: [String] = []

    package init(root: String) {
        self.root = root
    }

    /// Without a root the agent's own files are taken for those of the engine. The marks of a container do not tell otherwise: an
    /// engine may run in the same one.
    ///
    /// - Returns: `nil` for an engine that may run on another host.
    package init?(engine: EngineAddress, root: String) {
        guard case .unix(let path) = engine.transport else { return nil }
        self.init(root: root)
        if root.isEmpty { self.sockets = [path] + self.targets(of: [path]).links.values }
    }

    /// Where paths lead.
    struct Targets {
        /// By the paths that hold links, without those that hold none or do not exist.
        var links: [String: String] = [:]
        /// False when the paths were more than are looked up together, and when two of them look alike.
        var isComplete = true
    }

    /// - Parameters:
    ///   - paths: all that one request names, because they share the bound.
    ///   - most: bytes of paths that are looked up.
    func targets(of paths: [String], most: Int = Self.mostBytes) -> Targets {
        var targets = Targets()
        var bytes = most
        let distinct = Set(paths)
        // Of paths that look alike, a set of texts holds one, and each leads elsewhere for the kernel.
        targets.isComplete = distinct.count == Set(paths.map { Array($0.utf8) }).count
        for path in distinct {
            if let target = self.target(of: path, &bytes), target != path { targets.links[path] = target }
            guard bytes >= 0 else { return Targets(links: targets.links, isComplete: false) }
        }
        return targets
    }

    /// - Parameters:
    ///   - path: absolute; what does not exist is taken as it is.
    ///   - bytes: what look-ups may still cost; below 0 when that was not enough.
    private func target(of path: String, _ bytes: inout Int) -> String? {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count < Self.longestPath else { return nil }
        // Each name with a slash in front; nothing is the top.
        var done = ""
        var left = Array(path.split(separator: "/").reversed())
        var links = 0
        while let name = left.popLast() {
            if name == "." { continue }
            let parent = done.utf8.count
            if name == ".." {
                if let slash = done.utf8.lastIndex(of: UInt8(ascii: "/")) { done = String(done[..<slash]) }
                continue
            }
            done += "/\(name)"
            bytes -= Self.leastBytes + done.utf8.count
            guard bytes >= 0 else { return nil }
            guard let target = Self.link(self.root + done) else { continue }
            links += 1
            guard links <= Self.mostLinks, target.utf8.count < Self.longestPath else { return nil }
            let top = target.utf8.first == UInt8(ascii: "/")
            done = top ? "" : String(decoding: done.utf8.prefix(parent), as: UTF8.self)
            left += target.split(separator: "/").reversed()
        }
        return done.isEmpty ? "/" : done
    }

    /// - Returns: what a symbolic link holds; `nil` for anything else.
    private static func link(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: self.longestPath, alignment: 1) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlink(path, start, buffer.count)
            guard count > 0 else { return nil }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}

extension LiveQuestions {
    /// Adds what a host says: where the paths of the documents lead, and where the engine's own sockets are.
    ///
    /// - Returns: whether all paths were followed.
    mutating func follow(_ documents: [InspectDocument], on host: HostLinks) -> Bool {
        var isComplete = true
        self.follow(documents) { paths in
            let targets = host.targets(of: paths)
            isComplete = targets.isComplete
            return targets.links
        }
        self.know(sockets: host.sockets)
        return isComplete
    }
}
