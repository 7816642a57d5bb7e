/// Which folders of one module use which: an arrow for every type that a file names and another folder declares.
///
/// Read from the text. Members that an extension adds to a type of another module have no name of their own and make no arrow.
struct FolderGraph {
    struct File {
        let folder: String
        let text: String
    }

    /// From a folder to those that it uses.
    private(set) var arrows: [String: Set<String>] = [:]

    init(_ files: [File]) {
        let codes = files.map { (folder: $0.folder, code: Self.code(of: $0.text)) }
        var homes: [Substring: String] = [:]
        for (folder, code) in codes {
            for name in Self.declaredTypes(in: code) { homes[name] = folder }
        }
        for (folder, code) in codes {
            let uses = Self.namedTypes(in: code).compactMap { homes[$0] }.filter { $0 != folder }
            self.arrows[folder, default: []].formUnion(uses)
        }
    }

    /// Groups of two and more folders each of which leads to every other one of its group.
    var circles: Set<Set<String>> {
        let reach = Dictionary(uniqueKeysWithValues: self.arrows.keys.map { ($0, self.reachable(from: $0)) })
        let groups = reach.map { folder, others in others.filter { reach[$0]?.contains(folder) == true } }
        return Set(groups.filter { $0.count > 1 })
    }

    /// Without the folder itself, unless a way leads back to it.
    private func reachable(from folder: String) -> Set<String> {
        var found: Set<String> = []
        var rest = Array(self.arrows[folder, default: []])
        while let next = rest.popLast() {
            if found.insert(next).inserted { rest += self.arrows[next, default: []] }
        }
        return found
    }

    /// Without comments and texts, which name types too.
    private static func code(of text: String) -> String {
        text.replacing(#/"""(?s:.*?)"""/#, with: "\"\"").split(separator: "\n").map { line in
            let bare = line.replacing(#/"(\\.|[^"\\])*"/#, with: "\"\"")
            return String(bare.firstRange(of: "//").map { bare[..<$0.lowerBound] } ?? bare[...])
        }.joined(separator: "\n")
    }

    /// At the top of a file, where every other folder can name them.
    private static func declaredTypes(in code: String) -> [Substring] {
        let modifiers = ["package", "final", "indirect", "nonisolated", "public"]
        let kinds: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return code.split(separator: "\n").compactMap { line in
            var words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }[...]
            guard line.first?.isLetter == true || line.first == "@" else { return nil }
            while let first = words.first, !kinds.contains(String(first)) {
                guard modifiers.contains(String(first)) || line.first == "@" else { return nil }
                words = words.dropFirst()
            }
            return words.dropFirst().first
        }
    }

    private static func namedTypes(in code: String) -> Set<Substring> {
        Set(
            code.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }.compactMap { word in
                let name = word.prefix { $0 != "." }
                return name.first?.isUppercase == true ? name : nil
            }
        )
    }
}
