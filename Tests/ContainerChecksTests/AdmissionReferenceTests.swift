import DockerBridge
import Foundation
import Testing

@testable import ContainerChecks

/// Admission of what a body only refers to: volumes, other containers, networks, and paths that hold links.
@Suite struct AdmissionReferenceTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lookout-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private static func referring(_ host: String, _ found: [String: String?]?) throws -> String {
        AdmissionBench.words(
            try AdmissionBench.judge(
                .deny,
                #"{"User":"1","HostConfig":{\#(host)}}"#,
                answers: found.map(AdmissionBench.answers)
            )
        )
    }

    @Test func aVolumeIsWhatTheEngineSaysItIs() throws {
        let host = #""Binds":["data:/x"],"Mounts":[{"Type":"volume","Source":"more","Target":"/y"}]"#
        #expect(try Self.referring(host, nil) == "asks /volumes/more /volumes/data")
        let harmless = #"{"Name":"more","Driver":"local","Options":null}"#
        #expect(try Self.referring(host, ["/volumes/data": nil, "/volumes/more": harmless]) == "admitted")
        let etc = #"{"Name":"data","Driver":"local","Options":{"o":"bind","device":"/etc"}}"#
        let words = try Self.referring(host, ["/volumes/data": etc, "/volumes/more": harmless])
        #expect(words.contains(#""rule":"volume-on-host-path""#))
    }

    @Test func mountsOfAnotherContainerCount() throws {
        let host = #""VolumesFrom":["/other:ro"]"#
        #expect(try Self.referring(host, nil) == "asks /containers/other/json")
        let other = #"{"Id":"1","Mounts":[{"Type":"bind","Source":"/run/docker.sock","Destination":"/s"},"#
        let first = ["/containers/other/json": other + #"{"Type":"volume","Name":"v","Destination":"/v"}]}"#]
        #expect(try Self.referring(host, first) == "asks /volumes/v")
        let words = try Self.referring(host, first.merging(["/volumes/v": "{}"]) { $1 })
        #expect(words.contains(#""rule":"docker-socket-mount""#))
        #expect(try Self.referring(host, ["/containers/other/json": nil]) == "admitted")
        #expect(try Self.referring(#""VolumesFrom":["a/../b"]"#, nil).contains("the name of a container"))
    }

    /// A container that is named twice mounts the same; those of several containers have a bound together.
    @Test func mountsOfOtherContainersHaveABound() throws {
        let mounts = (0..<3_000).map { #"{"Type":"bind","Source":"/srv/\#($0)","Destination":"/d/\#($0)"}"# }
        let other = #"{"Id":"1","Mounts":[\#(mounts.joined(separator: ","))]}"#
        let found = ["/containers/a/json": other, "/containers/b/json": other]
        #expect(try Self.referring(#""VolumesFrom":["a","a:ro"]"#, found) == "admitted")
        let words = try Self.referring(#""VolumesFrom":["a","b"]"#, found)
        #expect(words.contains("more than 4096 mounts of other containers"))
        let cut = #"{"Id":"1","Mounts":[\#((mounts + mounts).joined(separator: ","))]}"#
        #expect(try Self.referring(#""VolumesFrom":["a"]"#, ["/containers/a/json": cut]).contains("too-many-settings"))
    }

    @Test func aNamespaceOfAnotherContainerMayBeTheHosts() throws {
        let host = #""PidMode":"container:a""#
        #expect(try Self.referring(host, nil) == "asks /containers/a/json")
        let onHost = #"{"HostConfig":{"PidMode":"host","NetworkMode":"host"}}"#
        #expect(try Self.referring(host, ["/containers/a/json": onHost]).contains(#""rule":"host-pid-namespace""#))
        let further = ["/containers/a/json": #"{"HostConfig":{"PidMode":"container:b"}}"#]
        #expect(try Self.referring(host, further) == "asks /containers/b/json")
        let all = further.merging(["/containers/b/json": onHost]) { $1 }
        #expect(try Self.referring(host, all).contains(#""rule":"host-pid-namespace""#))
        #expect(try Self.referring(host, ["/containers/a/json": "{}"]) == "admitted")
    }

    @Test func aNetworkMayBeTheHostsByItsId() throws {
        let host = #""NetworkMode":"0123456789ab""#
        #expect(try Self.referring(host, nil) == "asks /networks/0123456789ab")
        let network = ["/networks/0123456789ab": #"{"Name":"host","Driver":"host"}"#]
        #expect(try Self.referring(host, network).contains(#""rule":"host-network""#))
        #expect(try Self.referring(host, ["/networks/0123456789ab": #"{"Driver":"bridge"}"#]) == "admitted")
    }

    @Test func whatTheEngineDoesNotSayIsRefused() throws {
        var answers = AdmissionAnswers()
        answers.add(.failed, to: "/volumes/data")
        let body = #"{"HostConfig":{"Binds":["data:/x"]}}"#
        let words = AdmissionBench.words(try AdmissionBench.judge(.deny, body, answers: answers))
        #expect(words.contains("the engine did not say what the volume data is"))
    }

    @Test func aRequestThatRefersToTooMuchIsRefused() throws {
        var answers = AdmissionAnswers()
        answers.cut()
        let words = AdmissionBench.words(
            try AdmissionBench.judge(.deny, #"{"HostConfig":{"Binds":["data:/x"]}}"#, answers: answers)
        )
        #expect(words.contains("the request refers to more containers, volumes and networks than are looked at"))
    }

    @Test func aLinkIsWhereItLeads() throws {
        try self.inFolder { folder in
            let files = FileManager.default
            try files.createDirectory(atPath: "\(folder)/etc", withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: "\(folder)/harmless", withDestinationPath: "/second")
            try files.createSymbolicLink(atPath: "\(folder)/second", withDestinationPath: "./etc")
            let links = HostLinks(root: folder)
            #expect(links.targets(of: ["/harmless/x/../y"]).links == ["/harmless/x/../y": "/etc/y"])
            let body = #"{"HostConfig":{"Binds":["/harmless:/x:ro","/harmless/a:/y"]}}"#
            #expect(AdmissionBench.words(try AdmissionBench.judge(.deny, body, links: links)) == "asks ")
            let words = AdmissionBench.words(
                try AdmissionBench.judge(.deny, body, links: links, answers: AdmissionAnswers())
            )
            #expect(words.contains(#""source":"/etc/a""#) && words.contains("by the link /harmless/a"))
            let plain = #"{"HostConfig":{"Binds":["/data:/x"]}}"#
            #expect(
                AdmissionBench.words(try AdmissionBench.judge(.deny, plain, links: links, answers: AdmissionAnswers()))
                    == "admitted"
            )
            let volume = #"{"DriverOpts":{"o":"bind","device":"/harmless"}}"#
            let made = try AdmissionBench.judge(
                .deny,
                volume,
                target: "/volumes/create",
                links: links,
                answers: AdmissionAnswers()
            )
            #expect(AdmissionBench.words(made).contains(#""source":"/etc""#))
        }
    }

    /// The kernel goes up from where the link leads, and mounts what a device's link leads to.
    @Test(arguments: [
        (#"{"DriverOpts":{"type":"none","o":"bind","device":"/data/.."}}"#, "/etc"),
        (#"{"DriverOpts":{"type":"ext4","o":"ro","device":"/disk"}}"#, "/dev/sda1"),
    ])
    func aVolumeIsWhatItsLinkLeadsTo(body: String, source: String) throws {
        try self.inFolder { folder in
            let files = FileManager.default
            try files.createSymbolicLink(atPath: "\(folder)/data", withDestinationPath: "/etc/ssl")
            try files.createSymbolicLink(atPath: "\(folder)/disk", withDestinationPath: "/dev/sda1")
            let verdict = try AdmissionBench.judge(
                .deny,
                body,
                target: "/volumes/create",
                links: HostLinks(root: folder),
                answers: AdmissionAnswers()
            )
            #expect(AdmissionBench.words(verdict).contains(#""source":"\#(source)""#))
        }
    }

    /// The engine's own socket may have any name, and be reached by a link.
    @Test(
        arguments: [
            ("/containers/create", #"{"HostConfig":{"Binds":["ROOT/engine/api:/s:ro"]}}"#, "docker-socket-mount"),
            ("/containers/create", #"{"HostConfig":{"Binds":["ROOT/engine:/s:ro"]}}"#, "sensitive-host-mount"),
            ("/containers/create", #"{"HostConfig":{"Binds":["ROOT/link:/s"]}}"#, "sensitive-host-mount"),
            ("/volumes/create", #"{"DriverOpts":{"o":"bind,ro","device":"ROOT/engine"}}"#, "volume-on-host-path"),
            ("/volumes/create", #"{"DriverOpts":{"o":"bind,ro","device":"ROOT/link"}}"#, "volume-on-host-path"),
            ("/volumes/create", #"{"DriverOpts":{"type":"overlay","o":"lowerdir=ROOT"}}"#, "volume-on-host-path"),
            ("/containers/create", #"{"HostConfig":{"Binds":["ROOT/engine-2:/s","ROOT/engine/apis:/t"]}}"#, nil),
        ] as [(String, String, String?)]
    )
    func theSocketOfTheEngineIsKnownByItsPath(target: String, body: String, rule: String?) throws {
        try self.inFolder { folder in
            let files = FileManager.default
            try files.createDirectory(atPath: "\(folder)/engine", withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "engine")
            let address = EngineAddress(.unix(path: "\(folder)/link/api"))
            let verdict = try AdmissionBench.judge(
                .deny,
                body.replacing("ROOT", with: folder),
                target: target,
                links: HostLinks(engine: address, root: ""),
                answers: AdmissionAnswers()
            )
            let words = AdmissionBench.words(verdict)
            #expect(rule.map { words.contains(#""rule":"\#($0)""#) } ?? (words == "admitted"), "\(words)")
        }
    }

    /// In a container the agent has the socket under another name than the host.
    @Test func withTheHostsFilesInAFolderTheSocketIsNotKnown() {
        let address = EngineAddress(.unix(path: "/somewhere/api"))
        #expect(HostLinks(engine: address, root: "/host")?.sockets == [])
        #expect(HostLinks(engine: address, root: "")?.sockets == ["/somewhere/api"])
    }

    @Test func thePathsOfOneRequestShareABound() throws {
        let links = HostLinks(root: "/no/such/folder")
        #expect(links.targets(of: ["/a/b", "/c/d"], most: 300).isComplete)
        #expect(!links.targets(of: ["/a/b", "/c/d"], most: 200).isComplete)
        let path = String(repeating: "/a", count: 200)
        let body = AdmissionBench.binds(200, path: path)
        let verdict = try AdmissionBench.judge(.deny, body, links: links, answers: AdmissionAnswers())
        #expect(AdmissionBench.words(verdict).contains("more paths of the host than can be followed"))
    }

    /// For the kernel they are two, and each may be a link to another place.
    @Test func pathsThatLookAlikeAreNotTakenForOne() throws {
        let links = HostLinks(root: "/no/such/folder")
        #expect(links.targets(of: ["/\u{e9}", "/\u{e9}"]).isComplete)
        #expect(!links.targets(of: ["/\u{e9}", "/e\u{301}"]).isComplete)
        let body = #"{"HostConfig":{"Binds":["/\u00e9:/x","/e\u0301:/y"]}}"#
        let verdict = try AdmissionBench.judge(.deny, body, links: links, answers: AdmissionAnswers())
        #expect(AdmissionBench.words(verdict).contains("more paths of the host than can be followed"))
    }

    @Test func aCircleOfLinksLeadsNowhere() throws {
        try self.inFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/a", withDestinationPath: "/a/a")
            #expect(HostLinks(root: folder).targets(of: ["/a"]).links.isEmpty)
        }
    }
}
