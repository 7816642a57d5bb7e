import Testing

/// One field of a document whose text may be as long as the document.
struct LongText: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let around: String

    /// - Parameter around: an inspect document, or the body of a creation, with `@` for the text.
    private init(_ name: String, _ around: String) {
        (self.testDescription, self.around) = (name, around)
    }

    func document(_ text: String) -> String { self.around.replacing("@", with: text) }

    private static func host(_ list: String, _ entry: String) -> LongText {
        LongText("HostConfig.\(list) \(entry)", #"{"Config":{},"HostConfig":{"\#(list)":[\#(entry)]}}"#)
    }

    private static func mount(_ member: String) -> LongText {
        let others = #""Type":"bind","Source":"/a","Destination":"/b""#
        return LongText("Mounts.\(member)", #"{"Mounts":[{"\#(member)":"@",\#(others)}]}"#)
    }

    private static func config(_ member: String, _ value: String) -> LongText {
        LongText("Config.\(member)", #"{"HostConfig":{},"Config":{"\#(member)":\#(value)},"\#(member)":\#(value)}"#)
    }

    static let all: [LongText] =
        [
            host("Binds", #""/@:/b""#), host("Binds", #""/a:/@""#), host("Binds", #""/a:/b:@""#),
            host("Mounts", #"{"Type":"bind","Source":"/@","Target":"/b"}"#),
            host("Mounts", #"{"Type":"bind","Source":"/a","Target":"/@"}"#),
            host("Mounts", #"{"Type":"bind","Source":"/a","Target":"/b","BindOptions":{"Propagation":"@"}}"#),
            host("Mounts", #"{"Type":"volume","VolumeOptions":{"DriverConfig":{"Options":{"o":"@","device":"/a"}}}}"#),
            host(
                "Mounts",
                #"{"Type":"volume","VolumeOptions":{"DriverConfig":{"Options":{"o":"bind","device":"/@"}}}}"#
            ),
            host("Devices", #"{"PathOnHost":"/@"}"#), host("DeviceCgroupRules", #""@""#), host("SecurityOpt", #""@""#),
            host("CapAdd", #""@""#), host("CapDrop", #""@""#), host("GroupAdd", #""@""#),
        ] + ["Source", "Destination", "Mode", "Name", "Propagation"].map(mount) + [
            config("Env", #"["@=a"]"#), config("Env", #"["A=@"]"#), config("Cmd", #"["@"]"#),
            config("Entrypoint", #"["@"]"#), config("Image", #""@""#), config("User", #""@""#),
            config("ExposedPorts", #"{"80/@":{}}"#), LongText("Path", #"{"Path":"@"}"#),
            LongText("Name", #"{"Name":"@"}"#),
            LongText("Sysctls", #"{"HostConfig":{"Sysctls":{"@":"1"}}}"#),
            LongText("HostIp", #"{"HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"@","HostPort":"1"}]}}}"#),
            LongText("HostPort", #"{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"@"}]}}}"#),
            LongText("NetworkMode", #"{"HostConfig":{"NetworkMode":"@"}}"#),
            LongText("a name that no rule knows", #"{"HostConfig":{"@":"1"}}"#),
        ]
}
