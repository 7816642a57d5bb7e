import Testing

/// SwiftPM lets a target import a module that it does not declare, so the drawing in docs/architecture.md is kept
/// true here: a module may import those of ours that an arrow leads to, and no other.
@Suite struct ImportArrowTests {
    struct Room: Sendable, CustomTestStringConvertible {
        let module: String
        let folder: String
        let mayImport: Set<String>

        var testDescription: String { self.module }

        init(_ module: String, in folder: String? = nil, mayImport: Set<String>) {
            self.module = module
            self.folder = folder ?? "Sources/\(module)"
            self.mayImport = mayImport
        }
    }

    static let systemLibraries: Set = ["CSodium", "CArgon2", "CCrypto", "CProcess", "CBuildInfo"]

    static let rooms = [
        Room("Base", mayImport: []),
        Room("HTTPWire", mayImport: ["Base"]),
        Room("Auth", mayImport: ["Base", "CSodium", "CArgon2", "CCrypto"]),
        Room("Trail", mayImport: ["Base", "Auth"]),
        Room("Policy", mayImport: ["Base"]),
        Room("ContainerWatch", mayImport: ["Base"]),
        Room("DockerBridge", mayImport: ["Base", "HTTPWire", "Policy"]),
        Room("ContainerChecks", mayImport: ["Base", "ContainerWatch", "DockerBridge"]),
        Room("Drydock", mayImport: ["Base", "DockerBridge"]),
        Room("EdgeTunnel", mayImport: ["Base", "Drydock", "DockerBridge", "HTTPWire", "Auth", "Trail"]),
        Room(
            "LocalServer",
            mayImport: [
                "Base", "ContainerChecks", "Drydock", "DockerBridge", "HTTPWire", "Auth", "Trail", "ContainerWatch",
                "Policy",
            ]
        ),
        Room(
            "Agent",
            mayImport: [
                "Base", "Auth", "Trail", "ContainerWatch", "ContainerChecks", "DockerBridge", "Drydock", "EdgeTunnel",
                "LocalServer", "Policy", "CProcess", "CBuildInfo",
            ]
        ),
        Room(
            "Lookout",
            mayImport: [
                "Base", "Auth", "Trail", "ContainerWatch", "ContainerChecks", "DockerBridge", "LocalServer", "Policy",
                "Agent",
            ]
        ),
        Room("EdgeController", in: "examples/edge/controller", mayImport: ["Auth"]),
    ]

    static let ours = Set(rooms.map(\.module)).union(systemLibraries)

    @Test(arguments: rooms)
    func importsFollowTheArrows(_ room: Room) throws {
        for file in try SourceTree.files(under: room.folder, endingIn: ".swift") {
            let strangers = Self.strangers(in: file.text, of: room)
            #expect(strangers.isEmpty, "\(file): no arrow leads from \(room.module) to \(strangers.sorted())")
        }
    }

    @Test func everyFolderOfSourcesHasARoomInTheDrawing() throws {
        let drawn = Set(Self.rooms.map(\.module)).union(Self.systemLibraries)
        #expect(Set(try SourceTree.folders(in: "Sources")).subtracting(drawn) == [])
    }

    /// The drawing, the list above and the imports are the same arrows.
    @Test(arguments: rooms.filter { $0.folder.hasPrefix("Sources/") })
    func everyArrowIsDrawnAndFollowed(_ room: Room) throws {
        let files = try SourceTree.files(under: room.folder, endingIn: ".swift")
        let imports = Set(files.flatMap { ImportLine.all(in: $0.text) }.map(\.module))
        let followed = imports.intersection(Self.ours).subtracting([room.module])
        #expect(room.mayImport == followed, "arrows that the list has and no import follows, or the other way round")
        let drawing = try SourceTree.file("docs/architecture.md").text
        #expect(Self.arrows(from: room.module, in: drawing) == followed, "arrows that docs/architecture.md draws")
    }

    @Test func anArrowIsReadFromTheDrawing() {
        let text = "flowchart TD\n    A --> B\n    A --> C\n    AB --> D\n"
        #expect(Self.arrows(from: "A", in: text) == ["B", "C"])
    }

    @Test(arguments: ["Base", "HTTPWire", "Auth", "Trail", "ContainerWatch", "Policy"])
    func pureModulesKnowNoSocketsAndNoFoundation(_ module: String) throws {
        for file in try SourceTree.files(under: "Sources/\(module)", endingIn: ".swift") {
            let impure = ImportLine.all(in: file.text).map(\.module).filter(Self.isImpure)
            #expect(impure == [], "\(file)")
        }
    }

    /// Full Foundation brings ICU along, tens of megabytes; FoundationEssentials does not.
    @Test(arguments: rooms)
    func nobodyImportsFullFoundation(_ room: Room) throws {
        for file in try SourceTree.files(under: room.folder, endingIn: ".swift") {
            let full = ImportLine.all(in: file.text).map(\.module).filter(Self.fullFoundation.contains)
            #expect(full == [], "\(file): import FoundationEssentials instead")
        }
    }

    @Test(arguments: rooms)
    func systemLibrariesDoNotShowOutsideTheModuleThatUsesThem(_ room: Room) throws {
        for file in try SourceTree.files(under: room.folder, endingIn: ".swift") {
            let shown = ImportLine.all(in: file.text).filter { line in
                Self.systemLibraries.contains(line.module) && ["package", "public"].contains(line.access)
            }
            #expect(shown == [], "\(file)")
        }
    }

    @Test(arguments: [
        ("import DockerBridge", "Auth", ["DockerBridge"]),
        ("import CSodium", "EdgeTunnel", ["CSodium"]), ("import Auth", "Base", ["Auth"]), ("import Base", "Auth", []),
        ("import LocalServer\nimport Auth", "EdgeTunnel", ["LocalServer"]),
        ("package import Lookout", "DockerBridge", ["Lookout"]),
        ("import Auth", "Auth", []), ("import DockerBridge", "HTTPWire", ["DockerBridge"]),
        ("import Testing", "Auth", []),
    ])
    func anUndrawnImportIsFound(text: String, module: String, expected: [String]) throws {
        let room = try #require(Self.rooms.first { $0.module == module })
        #expect(Self.strangers(in: text, of: room).sorted() == expected)
    }

    private static let fullFoundation: Set = ["Foundation", "FoundationNetworking", "FoundationXML"]

    private static func isImpure(_ module: String) -> Bool {
        module.hasPrefix("NIO") || module.hasPrefix("Foundation")
    }

    private static func arrows(from module: String, in text: String) -> Set<String> {
        let start = "\(module) --> "
        let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        return Set(lines.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) })
    }

    private static func strangers(in text: String, of room: Room) -> Set<String> {
        Set(ImportLine.all(in: text).map(\.module)).intersection(Self.ours)
            .subtracting(room.mayImport).subtracting([room.module])
    }
}
