import Base
import CAllocations
import Testing

@testable import ContainerWatch

/// One text may be as long as the whole document, and hardly anything but separators: judging it takes a few copies of it, and
/// no list of its pieces.
@Suite(.serialized) struct LongTextTests {
    private static let length = 16 * 1024
    /// Of the document: what reading, spelling, cleaning and making it printable hold at once.
    private static let copies = 10
    private static let units = ["/", "/a", "a/", "/..", ",", "a,", ":a", " a", "=a", ".a", "-a", "é"]

    private static let full: ContainerCheck = {
        var selection = RuleSelection()
        selection.profile = .full
        return ContainerCheck(selection)
    }()

    private static func text(_ unit: String) -> String {
        String(repeating: unit, count: self.length / unit.utf8.count)
    }

    private static func peak(_ body: () throws -> Void) rethrows -> Int {
        begin_peak_of_this_thread()
        try body()
        return Int(peak_of_this_thread())
    }

    /// What has to be made once is made before anything is measured.
    private static func warmUp() throws {
        _ = self.full.findings(in: try InspectDocument(json: #"{"HostConfig":{"Binds":["/etc:/a"]}}"#))
    }

    @Test(arguments: LongText.all) func aTextIsNotTakenIntoPieces(_ field: LongText) throws {
        try Self.warmUp()
        for unit in Self.units {
            let bytes = Array(field.document(Self.text(unit)).utf8)
            let tree = try JSONNode(parsing: bytes)
            let judged = Self.peak { _ = Self.full.findings(in: InspectDocument(tree)) }
            let created = Self.peak { _ = (try? CreateRequest(bytes, name: "a")).map(Self.full.findings) }
            #expect(judged < Self.copies * bytes.count, "\(unit): \(judged) bytes at once for an inspect document")
            #expect(created < Self.copies * bytes.count, "\(unit): \(created) bytes at once for a creation")
        }
    }

    /// If the counter saw nothing, everything would pass.
    @Test func aListOfPiecesIsSeen() {
        let text = Self.text("a,")
        let peak = Self.peak { _ = text.split(separator: ",").map(String.init).count }
        #expect(peak > Self.copies * Self.length)
    }

    // MARK: What is read all the same

    private static func mounts(_ bind: String) throws -> MountList {
        MountList(document: try JSONNode(parsing: Array(#"{"HostConfig":{"Binds":["\#(bind)"]}}"#.utf8)))
    }

    @Test(arguments: [
        ("/", "/"), ("//", "/"), ("/..", "/"), ("/.", "/"), ("/a/..", "/"), ("/a/../../b", "/b"),
        ("/a/b/../../..", "/"), ("/../a/./b//c/", "/a/b/c"), ("/a/b/c/../../d", "/a/d"),
        ("/a/.../..b", "/a/.../..b"), ("/é/../ü", "/ü"), ("/a/../b/../../c", "/c"), ("/a/b/../c/../d", "/a/d"),
    ])
    func aPathIsCleaned(raw: String, text: String) throws {
        let path = try #require(HostPath(raw))
        #expect(path.text == text)
        #expect(path.names == text.split(separator: "/").map(String.init))
    }

    @Test func ofAPathOfManyNamesTheFirstAndTheLastAreCompared() throws {
        let path = try #require(HostPath("/etc" + Self.text("/a") + "/docker.sock"))
        #expect(path.names.count == 16)
        #expect(path.isAtOrBelow(try #require(HostPath("/etc"))))
        #expect(EngineSocket(path) == .docker)
    }

    @Test func aPathThatComesBackFromFarDownIsFound() throws {
        let detour = Self.text("/a") + String(repeating: "/..", count: Self.length / 2)
        #expect(HostPath(detour + "/var/run/docker.sock")?.names == ["run", "docker.sock"])
        #expect(HostPath(detour)?.text == "/")
    }

    @Test func onlyKnownOptionsOfABindAreKept() throws {
        let mount = try #require(Self.mounts("/a:/b:\(Self.text("a,"))rshared,ro,rshared,").binds.first)
        #expect(mount.isReadOnly)
        #expect(mount.propagation == ["rshared"])
    }

    @Test(arguments: [("ro", true, []), ("", false, []), (",,z,shared", false, ["shared"]), ("row", false, [])])
    func optionsAreWholeWords(options: String, isReadOnly: Bool, propagation: [String]) throws {
        let mount = try #require(try Self.mounts("/a:/b:\(options)").binds.first)
        #expect(mount.isReadOnly == isReadOnly)
        #expect(mount.propagation == propagation)
    }

    @Test(arguments: [
        ("b *:* r", true), ("c 1:3 r", false), ("  c  *:*  m", true), ("b *:* rwm and more words", true), ("a", true),
        ("", false),
    ])
    func theFirstWordsOfADeviceRuleCount(rule: String, isWildcard: Bool) throws {
        let document = try InspectDocument(json: #"{"HostConfig":{"DeviceCgroupRules":["\#(rule)"]}}"#)
        let findings = Self.full.findings(in: document).filter { $0.rule == "device-cgroup-wildcard" }
        #expect(findings.isEmpty == !isWildcard)
    }

    @Test(arguments: [
        ("/usr/sbin/sshd", true), ("exec sshd -D", true), ("sshd", true), ("sshd2", false), ("/sshd/", true),
        ("a", false),
    ])
    func aWordOfTheCommandIsFound(command: String, isServer: Bool) throws {
        let document = try InspectDocument(json: #"{"Config":{"Cmd":["\#(command)"]}}"#)
        #expect(Self.full.findings(in: document).contains { $0.rule == "ssh-server" } == isServer)
    }
}
