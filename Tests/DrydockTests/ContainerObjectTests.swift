import Foundation
import NIOCore
import Testing

@testable import DockerBridge
@testable import Drydock

@Suite struct ContainerObjectTests {
    private func record(_ change: (inout ContainerRecord) -> Void = { _ in }) -> ContainerRecord {
        var record = ContainerRecord(
            id: "c1",
            name: "web",
            status: .running,
            health: .healthy,
            imageID: "sha256:aabbccddeeff0011",
            imageName: "nginx:1.27"
        )
        record.image.architecture = "amd64"
        record.image.os = "linux"
        record.details.startedAt = "2026-11-27T08:00:00Z"
        record.details.environment = [ContainerRecord.Pair("SECRET", "hush")]
        change(&record)
        return record
    }

    private func text(
        _ record: ContainerRecord,
        schema: ContainerObject.Schema = .open,
        sendsEnvironment: Bool = false,
        withDetails: Bool = true
    ) -> String {
        var buffer = ByteBuffer()
        let object = ContainerObject(schema: schema, agentName: "edge-1", sendsEnvironment: sendsEnvironment)
        buffer.writeJSON { object.write(record, withDetails: withDetails, into: &$0) }
        return String(buffer: buffer)
    }

    @Test func aWholeContainer() {
        #expect(
            self.text(self.record()) == """
                {"id":"c1","name":"web","displayName":"web","status":"running","health":"healthy","watcher":"docker",\
                "agent":"edge-1","image":{"id":"sha256:aabbccddeeff0011","registry":{"name":"unknown","url":"docker.io"},\
                "name":"nginx","tag":{"value":"1.27","semver":false},"digest":{"watch":false},"architecture":"amd64",\
                "os":"linux"},"updateAvailable":false,"updateKind":{"kind":"unknown"},"labels":{},"details":{"ports":[],\
                "volumes":[],"env":[],"startedAt":"2026-11-27T08:00:00Z"}}
                """
        )
    }

    @Test func theStrictSchemaIsSparedWhatItDoesNotKnow() {
        let record = self.record { $0.image.digests = ["nginx@sha256:d1"] }
        let open = self.text(record)
        let strict = self.text(record, schema: .drydock1_5_0)
        for name in ["health", "startedAt", "repoDigests"] {
            #expect(open.contains("\"\(name)\""))
            #expect(!strict.contains("\"\(name)\""))
        }
        #expect(strict.contains(#""repo":"sha256:d1""#))
    }

    @Test func detailsAreLeftOutWhereTheControllerHasThem() {
        #expect(!self.text(self.record(), withDetails: false).contains("details"))
    }

    @Test func variablesStayHereUnlessAskedFor() {
        #expect(!self.text(self.record()).contains("hush"))
        let told = self.text(self.record(), sendsEnvironment: true)
        #expect(told.contains(#""env":[{"key":"SECRET","value":"hush"}]"#))
    }

    @Test func labelsSteerTheController() {
        let record = self.record {
            $0.labels = [
                ContainerRecord.Pair("dd.display.icon", "mdi:web"),
                ContainerRecord.Pair("dd.display.name", "The \"web\""),
                ContainerRecord.Pair("dd.tag.exclude", ""), ContainerRecord.Pair("dd.tag.include", "^1\\."),
                ContainerRecord.Pair("dd.tag.transform", "x"), ContainerRecord.Pair("dd.watch", "true"),
            ]
        }
        let text = self.text(record)
        #expect(text.contains(#""displayName":"The \"web\"","displayIcon":"mdi:web""#))
        #expect(text.contains(#""includeTags":"^1\\.","transformTags":"x""#))
        #expect(!text.contains("excludeTags"))
        // The original puts the label's value here, and its containers cannot be started any more.
        #expect(text.contains(#""watcher":"docker""#))
        #expect(text.contains(#""dd.watch":"true""#))
    }

    @Test(
        arguments: [
            ("nginx", "nginx", "latest"),
            ("nginx@sha256:d1", "nginx", "latest"),
            // Created from an id: what the engine calls the image now.
            ("sha256:aabbccddeeff0011", "app", "v1"),
            ("aabbccddeeff", "app", "v1"),
            ("aabbcc", "app", "v1"),
            // Too short for an id that somebody typed.
            ("aabbc", "aabbc", "latest"),
        ]
    )
    func theImageHasAName(name: String, repository: String, tag: String) {
        let text = self.text(
            self.record {
                $0.imageName = name
                $0.image.tags = ["app:v1"]
            }
        )
        #expect(text.contains(#""name":"\#(repository)","tag":{"value":"\#(tag)","semver":false}"#))
    }

    @Test func anImageThatIsCalledNothingGoesByItsID() {
        let text = self.text(self.record { $0.imageName = "sha256:aabbccddeeff0011" })
        #expect(text.contains(#""name":"aabbccddeeff","tag":{"value":"latest""#))
    }

    @Test func digestsAreThoseOfItsOwnRepository() {
        let text = self.text(
            self.record {
                $0.imageName = "nginx@sha256:d0"
                $0.image.digests = ["mirror.example/nginx@sha256:d2", "nginx@sha256:d1"]
            }
        )
        #expect(text.contains(#""digest":{"watch":false,"value":"sha256:d0","repo":"sha256:d1","repoDigests":["#))
    }

    /// The controller's schema refuses an empty or null value in all of these.
    @Test func nothingIsEverEmptyOrNull() throws {
        let bare = ContainerRecord(id: "c1", name: "web", status: .created, imageID: "", imageName: "")
        for schema in [ContainerObject.Schema.open, .drydock1_5_0] {
            let text = self.text(bare, schema: schema)
            #expect(!text.contains("null"))
            #expect(!text.contains(#":"""#))
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        }
    }

    @Test(arguments: [("1.4", true), ("1.4.0", false), ("1.5.0", false), (nil, false)] as [(String?, Bool)])
    func onlyTheFirstReleaseGetsTheClosedSchema(compatLevel: String?, isFirst: Bool) {
        let isClosed = if case .drydock1_5_0 = ContainerObject.Schema(compatLevel: compatLevel) { true } else { false }
        #expect(isClosed == isFirst)
    }
}
