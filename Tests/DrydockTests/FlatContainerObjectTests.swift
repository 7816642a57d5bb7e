import NIOCore
import Testing

@testable import DockerBridge
@testable import Drydock

@Suite struct FlatContainerObjectTests {
    private static func text(_ record: ContainerRecord) -> String {
        var buffer = ByteBuffer()
        buffer.writeJSON { FlatContainerObject.write(record, into: &$0) }
        return String(buffer: buffer)
    }

    @Test func aWholeContainer() {
        var record = ContainerRecord(
            id: "c1",
            name: "web",
            status: .running,
            health: .healthy,
            imageID: "sha256:aabb",
            imageName: "registry.test/nginx:1.27@sha256:d0"
        )
        record.image.architecture = "amd64"
        record.image.os = "linux"
        record.image.created = "2026-11-01T00:00:00Z"
        record.labels = [ContainerRecord.Pair("a", "b"), ContainerRecord.Pair("c", "\"d\"")]
        record.details.ports = ["0.0.0.0:8080->80/tcp", "443/tcp", "53/udp", "[::]:8080->80/tcp"]
        record.details.startedAt = "2026-11-27T08:00:00Z"
        record.extras.platform = "linux"
        record.extras.command = "nginx -g"
        record.extras.created = "2026-11-27T07:00:00Z"
        record.extras.networks = [
            ContainerRecord.Network(name: "front", address: "172.17.0.2", gateway: "172.17.0.1"),
            ContainerRecord.Network(name: "none"),
        ]
        record.extras.mounts = [
            ContainerRecord.Mount(type: "bind", source: "/a", destination: "/b", isReadOnly: true),
            ContainerRecord.Mount(type: "volume", source: "data", destination: "/data", isReadOnly: false),
        ]
        #expect(
            Self.text(record) == """
                {"id":"c1","name":"web","displayName":"web","status":"running","watcher":"docker","image":\
                {"id":"sha256:aabb","registry":"registry.test","name":"nginx","tag":"1.27","digest":"sha256:d0",\
                "architecture":"amd64","os":"linux","created":"2026-11-01T00:00:00Z"},"updateAvailable":false,\
                "updateKind":"unknown","labels":{"a":"b","c":"\\"d\\""},"details":{"platform":"linux",\
                "command":"nginx -g","ports":[{"container":80,"host":8080,"protocol":"tcp","ip":"0.0.0.0"},\
                {"container":443,"protocol":"tcp"},{"container":53,"protocol":"udp"},\
                {"container":80,"host":8080,"protocol":"tcp","ip":"::"}],"network":[{"name":"front",\
                "ipAddress":"172.17.0.2","gateway":"172.17.0.1"},{"name":"none"}],"volumes":[{"type":"bind",\
                "source":"/a","destination":"/b","readOnly":true},{"type":"volume","source":"data",\
                "destination":"/data","readOnly":false}],"created":"2026-11-27T07:00:00Z",\
                "started":"2026-11-27T08:00:00Z","health":"healthy"}}
                """
        )
    }

    @Test func whatIsNotKnownIsLeftOut() {
        let bare = ContainerRecord(id: "c1", name: "web", status: .created, imageID: "sha256:aabb", imageName: "nginx")
        #expect(
            Self.text(bare) == """
                {"id":"c1","name":"web","displayName":"web","status":"created","watcher":"docker","image":\
                {"id":"sha256:aabb","registry":"docker.io","name":"nginx","tag":"latest"},"updateAvailable":false,\
                "updateKind":"unknown","details":{}}
                """
        )
    }
}
