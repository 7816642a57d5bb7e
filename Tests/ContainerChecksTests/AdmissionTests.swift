import ContainerWatch
import DockerBridge
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import ContainerChecks

@Suite struct AdmissionTests {
    private static func judge(
        _ mode: Admission.Mode,
        _ body: String,
        target: String = "/containers/create?name=web",
        rules: [String] = Admission.usualRules,
        links: HostLinks? = nil,
        answers: AdmissionAnswers? = nil,
        accepted: String? = nil,
        report: @escaping @Sendable (AdmissionObjection) -> Void = { _ in }
    ) throws -> AdmissionVerdict {
        let accepted = try accepted.map { try Suppressions(Array($0.utf8)) }
        let settings = AdmissionSettings(mode: mode, rules: rules, accepted: accepted)
        let admission = try #require(Admission(settings, links: links, report: report))
        let route = EngineRoute(method: "POST", target: target)
        let creation = try #require(ContainerCreation(route, target: target))
        return admission.judge(creation, body: ByteBuffer(string: body), answers: answers, actor: "me")
    }

    private static func words(_ verdict: AdmissionVerdict) -> String {
        switch verdict {
        case .admitted: "admitted"
        case .warned(let text): text
        case .refused(let body): String(buffer: body)
        case .asks(let targets): "asks \(targets.joined(separator: " "))"
        }
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lookout-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private static let privileged = #"{"User":"0","HostConfig":{"Privileged":true}}"#

    @Test func offIsNobody() {
        #expect(Admission(AdmissionSettings()) { _ in } == nil)
    }

    @Test func whatIsRefusedIsSaidWithItsFindings() throws {
        let body = Self.words(try Self.judge(.deny, Self.privileged))
        #expect(body.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: privileged-container: "#))
        #expect(body.contains(#""findings":[{"severity":"critical","rule":"privileged-container","container":"web","#))
        #expect(!body.contains("root-user"))
    }

    @Test func aWarningNamesTheRules() throws {
        #expect(Self.words(try Self.judge(.warn, Self.privileged)) == #"299 lookout "privileged-container""#)
    }

    /// Below API 1.24 the body of a start replaces the settings; which version an engine takes is its own affair.
    @Test(arguments: ["/v1.23/containers/web/start", "/containers/web/start", "/v1.43/containers/web/start"])
    func aStartThatBringsSettingsIsJudgedAsACreationIs(target: String) throws {
        for body in [Self.privileged, #"{"Privileged":true}"#] {
            let words = Self.words(try Self.judge(.deny, body, target: target))
            #expect(words.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: privileged-container: "#))
            #expect(words.contains(#""container":"web""#))
        }
        #expect(Self.words(try Self.judge(.warn, Self.privileged, target: target)).contains("privileged-container"))
        #expect(Self.words(try Self.judge(.deny, "[", target: target)).contains("the body cannot be read: "))
    }

    @Test(arguments: ["", "{}", #"{"HostConfig":{"Binds":["/data:/data"]}}"#])
    func anOrdinaryStartIsAdmitted(body: String) throws {
        #expect(Self.words(try Self.judge(.deny, body, target: "/v1.43/containers/web/start")) == "admitted")
    }

    private static func binds(_ count: Int, path: String = "/etc") -> String {
        let binds = (0..<count).map { #""\#(path)/\#($0):/\#($0)""# }.joined(separator: ",")
        return #"{"Image":"\#(String(repeating: "i", count: 5_000))","HostConfig":{"Binds":[\#(binds)]}}"#
    }

    @Test func aRefusalTellsOfTwentyFindings() throws {
        let words = Self.words(try Self.judge(.deny, Self.binds(4_000)))
        #expect(words.components(separatedBy: #""rule":"sensitive-host-mount""#).count == 21)
        #expect(words.contains(" And 3980 more."))
        #expect(words.utf8.count < 32 << 10)
        #expect(!Self.words(try Self.judge(.deny, Self.binds(20))).contains(" And "))
    }

    /// What a client wrote is quoted, and the quotation is short.
    @Test func aRefusalQuotesLittle() throws {
        let path = "/etc/" + String(repeating: "é", count: 1_500)
        let words = Self.words(try Self.judge(.deny, Self.binds(4_000, path: path)))
        #expect(!words.contains(String(repeating: "é", count: 100)))
        #expect(words.utf8.count < 32 << 10)
        let addresses = (0..<4_000).map { #"{"HostIp":"10.0.0.1","HostPort":"\#($0)"}"# }.joined(separator: ",")
        let port = #"{"HostConfig":{"PortBindings":{"2375/tcp":[\#(addresses)]}}}"#
        #expect(Self.words(try Self.judge(.deny, port)).utf8.count < 4 << 10)
    }

    @Test(arguments: [Admission.Mode.warn, .deny])
    func whatIsTooMuchToJudgeIsObjectedTo(mode: Admission.Mode) throws {
        let words = Self.words(try Self.judge(mode, Self.binds(70_000)))
        #expect(words.contains("the body has over 4096 entries in Binds, too many to judge"))
        #expect(words.utf8.count < 300)
    }

    @Test func onlyTheChosenRulesCount() throws {
        #expect(Self.words(try Self.judge(.deny, Self.privileged, rules: ["host-network"])) == "admitted")
    }

    /// A rule may be chosen and still find nothing worth a refusal.
    @Test func whatIsLessSevereIsAdmitted() throws {
        #expect(Self.words(try Self.judge(.deny, #"{"User":"0"}"#, rules: ["root-user"])) == "admitted")
    }

    @Test(arguments: [Admission.Mode.warn, .deny])
    func whatCannotBeLookedAtIsObjectedTo(mode: Admission.Mode) throws {
        #expect(Self.words(try Self.judge(mode, "{")).contains("the body cannot be read: "))
        let podman = try Self.judge(mode, "{}", target: "/v4.0.0/libpod/pods/create")
        #expect(Self.words(podman).contains("from a body that cannot be looked at"))
    }

    @Test(arguments: [
        ("/v1.43/containers/web/update", #"{"Devices":[{"PathOnHost":"/dev/sda"}]}"#, "host-device"),
        ("/v1.43/containers/web/update", #"{"DeviceCgroupRules":["b *:* r"]}"#, "device-cgroup-wildcard"),
        ("/v1.43/containers/web/exec", #"{"privileged":true,"Cmd":["sh"]}"#, "privileged-exec"),
        (
            "/volumes/create", #"{"Driver":"","DriverOpts":{"type":"none","o":"bind","device":"/etc"}}"#,
            "volume-on-host-path"
        ),
        ("/volumes/create", #"{"Name":"v","driveropts":{"type":"proc","device":"proc"}}"#, "volume-on-host-path"),
        (
            "/libpod/volumes/create", #"{"Name":"v","Options":{"type":"ext4","device":"/dev/sda1"}}"#,
            "volume-on-host-path"
        ),
        (
            "/services/create",
            #"{"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Type":"bind","Source":"/","Target":"/h"}]}}}"#,
            "sensitive-host-mount"
        ),
        (
            "/services/abc/update?version=1", #"{"TaskTemplate":{"ContainerSpec":{"CapabilityAdd":["SYS_ADMIN"]}}}"#,
            "dangerous-capability"
        ),
        ("/services/create", #"{"TaskTemplate":{"Networks":[{"Target":"host"}]}}"#, "host-network"),
        (
            "/services/create",
            #"{"TaskTemplate":{"ContainerSpec":{"Privileges":{"Seccomp":{"Mode":"unconfined"}}}}}"#,
            "seccomp-unconfined"
        ),
        (
            "/services/create",
            #"{"TaskTemplate":{"ContainerSpec":{"Privileges":{"Seccomp":{"Mode":"custom","Profile":"#
                + #""eyJkZWZhdWx0QWN0aW9uIjoiU0NNUF9BQ1RfQUxMT1cifQ=="}}}}}"#,
            "seccomp-unconfined"
        ), ("/libpod/containers/create", #"{"privileged":true}"#, "privileged-container"),
        ("/libpod/containers/create", #"{"pidns":{"nsmode":"host"}}"#, "host-pid-namespace"),
        ("/libpod/containers/create", #"{"netns":{"nsmode":"path","value":"/proc/1/ns/net"}}"#, "host-network"),
        (
            "/libpod/containers/create",
            #"{"mounts":[{"type":"bind","source":"/run/podman/podman.sock","destination":"/s","options":["ro"]}]}"#,
            "runtime-socket-mount"
        ),
        (
            "/libpod/containers/create",
            #"{"Mounts":[{"Type":"x","Source":"/etc","Destination":"/s","Options":["rbind","ro","rw"]}]}"#,
            "sensitive-host-mount"
        ),
        (
            "/libpod/containers/create", #"{"mounts":[{"type":"proc","source":"proc","destination":"/p"}]}"#,
            "volume-on-host-path"
        ), ("/libpod/containers/create", #"{"devices":[{"path":"/dev/sda:/dev/x:rwm"}]}"#, "host-device"),
        ("/libpod/containers/create", #"{"unmask":["ALL"]}"#, "unmasked-system-paths"),
        ("/libpod/containers/create", #"{"rootfs":"/"}"#, "sensitive-host-mount"),
        (
            "/libpod/containers/create",
            #"{"device_cgroup_rule":[{"allow":true,"type":"b","major":8,"minor":0,"access":"rwm"}]}"#,
            "device-cgroup-wildcard"
        ),
        (
            "/libpod/containers/create",
            #"{"overlay_volumes":[{"destination":"/x","source":"/usr","options":["upperdir=/etc"]}]}"#,
            "volume-on-host-path"
        ),
    ])
    func whateverGivesAContainerTheHostIsRefused(target: String, body: String, rule: String) throws {
        let words = Self.words(try Self.judge(.deny, body, target: target))
        #expect(words.contains(#""rule":"\#(rule)""#), "\(words)")
    }

    @Test(arguments: [
        ("/v1.43/containers/web/update", #"{"Memory":1,"RestartPolicy":{"Name":"always"}}"#),
        ("/v1.43/containers/web/exec", #"{"User":"0","Cmd":["sh"],"Env":["A=b"]}"#),
        ("/volumes/create", #"{"Name":"data","Labels":{"a":"b"}}"#),
        ("/volumes/create", #"{"DriverOpts":{"type":"nfs","device":":/x","o":"addr=10.0.0.1"}}"#),
        (
            "/services/create",
            #"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"i","Labels":{"a":"{{x}}"}}},"Mode":{"Replicated":{}}}"#
        ),
        (
            "/libpod/containers/create",
            #"{"image":"i","env":{"A":"b"},"netns":{"nsmode":"bridge"},"command":["sh"],"newer":null}"#
        ),
    ])
    func whatIsOrdinaryIsAdmitted(target: String, body: String) throws {
        #expect(Self.words(try Self.judge(.deny, body, target: target)) == "admitted")
    }

    @Test(arguments: [
        ("/services/create", #"{"TaskTemplate":{"PluginSpec":{"Name":"p"}}}"#, "a plugin (PluginSpec)"),
        (
            "/services/create",
            #"{"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Type":"bind","Source":"{{.Node.ID}}","Target":"/h"}]}}}"#,
            "a template in a mount"
        ), ("/libpod/containers/create", #"{"a_newer_setting":"/etc"}"#, "'a_newer_setting'"),
        ("/libpod/containers/create", #"{"oci_runtime":"/tmp/x"}"#, "the path of a runtime"),
        ("/libpod/containers/create", #"{"conmon_pid_file":"/etc/x"}"#, "'conmon_pid_file'"),
    ])
    func whatCannotBeJudgedIsRefused(target: String, body: String, reason: String) throws {
        let words = Self.words(try Self.judge(.deny, body, target: target))
        #expect(words.contains("the body holds \(reason)") && words.contains("which cannot be judged"), "\(words)")
    }

    // What a body only refers to.

    private static func answers(_ found: [String: String?]) -> AdmissionAnswers {
        var answers = AdmissionAnswers()
        for (target, body) in found {
            answers.add(body.map { .found(ByteBuffer(string: $0)) } ?? .missing, to: target)
        }
        return answers
    }

    private static func referring(_ host: String, _ found: [String: String?]?) throws -> String {
        Self.words(try Self.judge(.deny, #"{"User":"1","HostConfig":{\#(host)}}"#, answers: found.map(Self.answers)))
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
        let words = Self.words(try Self.judge(.deny, body, answers: answers))
        #expect(words.contains("the engine did not say what the volume data is"))
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
            #expect(Self.words(try Self.judge(.deny, body, links: links)) == "asks ")
            let words = Self.words(try Self.judge(.deny, body, links: links, answers: AdmissionAnswers()))
            #expect(words.contains(#""source":"/etc/a""#) && words.contains("by the link /harmless/a"))
            let plain = #"{"HostConfig":{"Binds":["/data:/x"]}}"#
            #expect(Self.words(try Self.judge(.deny, plain, links: links, answers: AdmissionAnswers())) == "admitted")
            let volume = #"{"DriverOpts":{"o":"bind","device":"/harmless"}}"#
            let made = try Self.judge(
                .deny,
                volume,
                target: "/volumes/create",
                links: links,
                answers: AdmissionAnswers()
            )
            #expect(Self.words(made).contains(#""source":"/etc""#))
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
            let verdict = try Self.judge(
                .deny,
                body,
                target: "/volumes/create",
                links: HostLinks(root: folder),
                answers: AdmissionAnswers()
            )
            #expect(Self.words(verdict).contains(#""source":"\#(source)""#))
        }
    }

    @Test func thePathsOfOneRequestShareABound() throws {
        let links = HostLinks(root: "/no/such/folder")
        #expect(links.targets(of: ["/a/b", "/c/d"], most: 300).isComplete)
        #expect(!links.targets(of: ["/a/b", "/c/d"], most: 200).isComplete)
        let path = String(repeating: "/a", count: 200)
        let body = Self.binds(200, path: path)
        let verdict = try Self.judge(.deny, body, links: links, answers: AdmissionAnswers())
        #expect(Self.words(verdict).contains("more paths of the host than can be followed"))
    }

    @Test func aCircleOfLinksLeadsNowhere() throws {
        try self.inFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/a", withDestinationPath: "/a/a")
            #expect(HostLinks(root: folder).targets(of: ["/a"]).links.isEmpty)
        }
    }

    @Test func anAcceptedFindingIsNoReasonUntilItExpires() throws {
        let body = #"{"Image":"ci:1","HostConfig":{"Privileged":true,"PidMode":"host"}}"#
        let entry = #"{"rule":"RULE","container":"w*","image":"ci:*","reason":"r","expires":"2999-01-01"}"#
        let both =
            "[\(["privileged-container", "host-pid-namespace"].map { entry.replacing("RULE", with: $0) }.joined(separator: ","))]"
        #expect(Self.words(try Self.judge(.deny, body, accepted: both)) == "admitted")
        let one = "[\(entry.replacing("RULE", with: "privileged-container"))]"
        #expect(Self.words(try Self.judge(.deny, body, accepted: one)).contains("host-pid-namespace"))
        let old = both.replacing("2999", with: "2001")
        #expect(Self.words(try Self.judge(.deny, body, accepted: old)).contains("privileged-container"))
        let other = body.replacing("ci:1", with: "other:1")
        #expect(Self.words(try Self.judge(.deny, other, accepted: both)).contains("privileged-container"))
    }

    @Test func aRefusalSaysHowToAllowIt() throws {
        let words = Self.words(try Self.judge(.deny, Self.privileged))
        #expect(words.contains("leave privileged-container out of ADMISSION_RULES"))
        #expect(words.contains("ADMISSION_ACCEPTED"))
    }

    @Test func eachObjectionIsReported() throws {
        let objections = Mutex<[AdmissionObjection]>([])
        for body in [Self.privileged, "{}"] {
            _ = try Self.judge(.deny, body) { objection in objections.withLock { $0.append(objection) } }
        }
        _ = try Self.judge(.warn, Self.privileged) { objection in objections.withLock { $0.append(objection) } }
        #expect(
            objections.withLock { $0 }
                == [true, false].map {
                    AdmissionObjection(actor: "me", container: "web", reason: "privileged-container", isRefused: $0)
                }
        )
    }
}
