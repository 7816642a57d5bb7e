import Testing

/// Two folders of a module that use each other are one folder with a wall in it: neither can be read, moved or tested without
/// the other.
@Suite struct FolderCircleTests {
    @Test func noCircleRunsThroughTheFoldersOfAModule() throws {
        for module in try SourceTree.folders(in: "Sources") {
            let graph = FolderGraph(try Self.files(of: module))
            #expect(graph.circles == [], "\(module): its folders, `.` for the files that are in none")
        }
    }

    /// A folder that grows beyond this has more than one idea.
    @Test func aFolderHasAtMostTwentyFiles() throws {
        for module in try SourceTree.folders(in: "Sources") {
            let files = Dictionary(grouping: try Self.files(of: module), by: \.folder)
            for (folder, files) in files { #expect(files.count <= 20, "\(module): \(folder)") }
        }
    }

    @Test func aCircleOfAnyLengthIsFound() {
        let files = [
            FolderGraph.File(folder: "A", text: "package struct First {\n    let next: Second\n}"),
            FolderGraph.File(folder: "B", text: "final class Second {\n    func next() -> Third.Kind { .some }\n}"),
            FolderGraph.File(folder: "C", text: "@Sendable enum Third {\n    static func back() { First() }\n}"),
            FolderGraph.File(folder: "D", text: "struct Fourth {\n    let third: Third\n}"),
        ]
        #expect(FolderGraph(files).circles == [["A", "B", "C"]])
        #expect(FolderGraph(Array(files.dropFirst())).circles == [])
    }

    @Test func commentsTextsAndInnerTypesMakeNoArrow() {
        let files = [
            FolderGraph.File(folder: "A", text: "struct First {}\nlet text = \"Second\" // Second\n/// Second\n"),
            FolderGraph.File(folder: "B", text: "struct Second {\n    struct Inner {}\n    let first: First\n}"),
            FolderGraph.File(folder: "A", text: "extension First {\n    var inner: Other.Inner? { nil }\n}"),
        ]
        #expect(FolderGraph(files).arrows == ["A": [], "B": ["A"]])
    }

    private static func files(of module: String) throws -> [FolderGraph.File] {
        try SourceTree.files(under: "Sources/\(module)", endingIn: ".swift").map { file in
            let folders = file.path.split(separator: "/").dropFirst(2).dropLast()
            return FolderGraph.File(folder: folders.isEmpty ? "." : folders.joined(separator: "/"), text: file.text)
        }
    }
}
