import Base
import Glibc
import Testing

@testable import Policy

@Suite struct SeenFileTests {
    private static var seen: SeenRequests {
        var seen = SeenRequests()
        seen.add(.systemPing, RequestFacts(identity: "controller"), at: SeenRequestsTests.time(0))
        seen.add(.containersStop, HostPolicyTests.facts("web 1", image: "nginx"), at: SeenRequestsTests.time(7))
        seen.add(.unknown, RequestFacts(), at: SeenRequestsTests.time(9))
        return seen
    }

    @Test func whatIsWrittenIsRead() throws {
        let text = SeenFile.text(Self.seen)
        #expect(
            text.hasSuffix(
                #"""
                {"operation":"containers.stop","container":"web*1","image":"nginx:latest","identity":"controller",\#
                "count":1,"last":"2026-11-30T00:53:27Z"}
                {"operation":"unknown","count":1,"last":"2026-11-30T00:53:29Z"}

                """#
            ),
            "\(text)"
        )
        #expect(try SeenFile.read(Array(text.utf8)) == Self.seen)
    }

    @Test func aFileIsReplacedAndLoaded() throws {
        var template = Array("/tmp/policy-seen-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = "\(folder)/policy-seen"
        defer {
            unlink(path)
            rmdir(folder)
        }
        #expect(try SeenFile.load(path) == nil)
        try SeenFile.save(SeenRequests(), to: path)
        #expect(try SeenFile.load(path)?.isEmpty == true)
        try SeenFile.save(Self.seen, to: path)
        #expect(try SeenFile.load(path) == Self.seen)
        #expect(throws: SeenFile.Fault.file(.notRegular)) { try SeenFile.load(folder) }
    }

    private static let good = #"{"operation":"system.ping","count":1,"last":"2026-11-30T10:00:00Z"}"#

    @Test(arguments: [
        ("", "not one JSON object"), ("[]", "not one JSON object"), ("{", "not one JSON object"),
        (good + " x", "not one JSON object"), (#"{"operation":"system.ping"}"#, "its count"),
        (#"{"operation":"system.reboot","count":1,"last":"2026-11-30T10:00:00Z"}"#, "its operation is not one"),
        (#"{"count":1,"last":"2026-11-30T10:00:00Z"}"#, "its operation"),
        (#"{"operation":"system.ping","count":0,"last":"2026-11-30T10:00:00Z"}"#, "its count"),
        (#"{"operation":"system.ping","count":-1,"last":"2026-11-30T10:00:00Z"}"#, "its count"),
        (#"{"operation":"system.ping","count":1e999,"last":"2026-11-30T10:00:00Z"}"#, "its count"),
        (#"{"operation":"system.ping","count":1,"last":"yesterday"}"#, "its time"),
        (#"{"operation":"system.ping","count":1,"last":"2026-11-30T10:00:00Z","x":1}"#, "does not write"),
        (
            #"{"operation":"containers.stop","container":"a b","count":1,"last":"2026-11-30T10:00:00Z"}"#,
            "its container is not a name"
        ),
        (
            #"{"operation":"containers.stop","container":"","count":1,"last":"2026-11-30T10:00:00Z"}"#,
            "its container is not a name"
        ),
        (
            #"{"operation":"containers.stop","image":7,"count":1,"last":"2026-11-30T10:00:00Z"}"#,
            "its image is not a name"
        ),
        (
            #"{"operation":"containers.stop","identity":"a\nallow all","count":1,"last":"2026-11-30T10:00:00Z"}"#,
            "its identity is not a name"
        ),
    ])
    func whatTheAgentWouldNotWriteIsRefused(line: String, words: String) {
        let fault = #expect(throws: SeenFile.Fault.self) { try SeenFile.read(Array("\(line)\n".utf8)) }
        #expect(fault?.description.contains(words) == true && fault?.description.hasPrefix("line 1: ") == true)
    }

    @Test func aRequestStandsOnce() {
        #expect(throws: SeenFile.Fault.line(2, "the request stands in an earlier line, too")) {
            try SeenFile.read(Array("\(Self.good)\n\(Self.good)\n".utf8))
        }
    }

    @Test func theFileHasBounds() {
        let line = #"{"operation":"containers.stop","container":"#
        let rest = #","count":1,"last":"2026-11-30T10:00:00Z"}"#
        let lines = (0...SeenRequests.maximumEntries).map { "\(line)\"web-\($0)\"\(rest)\n" }
        #expect(throws: SeenFile.Fault.tooMany) { try SeenFile.read(Array(lines.joined().utf8)) }
        #expect(throws: SeenFile.Fault.file(.tooLarge)) {
            try SeenFile.read([UInt8](repeating: 0x20, count: SeenFile.maximumBytes + 1))
        }
    }
}
