import Foundation
import Synchronization
import Testing

@testable import ContainerChecks

@Suite struct AdmissionTests {
    private static let privileged = #"{"User":"0","HostConfig":{"Privileged":true}}"#

    @Test func withoutAdmissionThereIsNoPolicy() {
        #expect(Admission(AdmissionSettings()) { _ in } == nil)
    }

    @Test func whatIsRefusedIsSaidWithItsFindings() throws {
        let body = AdmissionBench.words(try AdmissionBench.judge(.deny, Self.privileged))
        #expect(body.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: privileged-container: "#))
        #expect(body.contains(#""findings":[{"severity":"critical","rule":"privileged-container","container":"web","#))
        #expect(!body.contains("root-user"))
    }

    @Test func aWarningNamesTheRules() throws {
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.warn, Self.privileged))
                == #"299 lookout "privileged-container""#
        )
    }

    /// Below API 1.24 the body of a start replaces the settings; which version an engine takes is its own affair.
    @Test(arguments: ["/v1.23/containers/web/start", "/containers/web/start", "/v1.43/containers/web/start"])
    func aStartThatBringsSettingsIsJudgedAsACreationIs(target: String) throws {
        for body in [Self.privileged, #"{"Privileged":true}"#] {
            let words = AdmissionBench.words(try AdmissionBench.judge(.deny, body, target: target))
            #expect(words.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: privileged-container: "#))
            #expect(words.contains(#""container":"web""#))
        }
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.warn, Self.privileged, target: target)).contains(
                "privileged-container"
            )
        )
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, "[", target: target)).contains(
                "the body cannot be read: "
            )
        )
    }

    @Test(arguments: ["", "{}", #"{"HostConfig":{"Binds":["/data:/data"]}}"#])
    func anOrdinaryStartIsAdmitted(body: String) throws {
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, body, target: "/v1.43/containers/web/start"))
                == "admitted"
        )
    }

    @Test func aRefusalTellsOfTwentyFindings() throws {
        let words = AdmissionBench.words(try AdmissionBench.judge(.deny, AdmissionBench.binds(4_000)))
        #expect(words.components(separatedBy: #""rule":"sensitive-host-mount""#).count == 21)
        #expect(words.contains(" And 3980 more."))
        #expect(words.utf8.count < 32 << 10)
        #expect(!AdmissionBench.words(try AdmissionBench.judge(.deny, AdmissionBench.binds(20))).contains(" And "))
    }

    /// What a client wrote is quoted, and the quotation is short.
    @Test func aRefusalQuotesLittle() throws {
        let path = "/etc/" + String(repeating: "é", count: 1_500)
        let words = AdmissionBench.words(try AdmissionBench.judge(.deny, AdmissionBench.binds(4_000, path: path)))
        #expect(!words.contains(String(repeating: "é", count: 100)))
        #expect(words.utf8.count < 32 << 10)
        let addresses = (0..<4_000).map { #"{"HostIp":"10.0.0.1","HostPort":"\#($0)"}"# }.joined(separator: ",")
        let port = #"{"HostConfig":{"PortBindings":{"2375/tcp":[\#(addresses)]}}}"#
        #expect(AdmissionBench.words(try AdmissionBench.judge(.deny, port)).utf8.count < 4 << 10)
    }

    @Test(arguments: [Admission.Mode.warn, .deny])
    func whatIsTooMuchToJudgeIsObjectedTo(mode: Admission.Mode) throws {
        let words = AdmissionBench.words(try AdmissionBench.judge(mode, AdmissionBench.binds(70_000)))
        #expect(words.contains("the body has over 4096 entries in Binds, too many to judge"))
        #expect(words.utf8.count < 300)
    }

    @Test func onlyTheChosenRulesCount() throws {
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, Self.privileged, rules: ["host-network"]))
                == "admitted"
        )
    }

    /// A rule may be chosen and still find nothing worth a refusal.
    @Test func whatIsLessSevereIsAdmitted() throws {
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, #"{"User":"0"}"#, rules: ["root-user"])) == "admitted"
        )
    }

    @Test(arguments: [Admission.Mode.warn, .deny])
    func whatCannotBeLookedAtIsObjectedTo(mode: Admission.Mode) throws {
        #expect(AdmissionBench.words(try AdmissionBench.judge(mode, "{")).contains("the body cannot be read: "))
        let podman = try AdmissionBench.judge(mode, "{}", target: "/v4.0.0/libpod/pods/create")
        #expect(AdmissionBench.words(podman).contains("from a body that cannot be looked at"))
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
        (
            "/v5.0.0/libpod/containers/web/update?restartPolicy=no",
            #"{"Devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"b","access":"rwm"}]}"#,
            "device-cgroup-wildcard"
        ),
    ])
    func aRequestThatGivesAContainerTheHostIsRefused(target: String, body: String, rule: String) throws {
        let words = AdmissionBench.words(try AdmissionBench.judge(.deny, body, target: target))
        #expect(words.contains(#""rule":"\#(rule)""#), "\(words)")
    }

    @Test(arguments: [
        ("/v1.43/containers/web/update", #"{"Memory":1,"RestartPolicy":{"Name":"always"}}"#),
        ("/v1.43/containers/web/exec", #"{"User":"0","Cmd":["sh"],"Env":["A=b"]}"#),
        ("/containers/create", #"{"HostConfig":{"LogConfig":{"Type":"json-file","Config":{"max-size":"1m"}}}}"#),
        ("/volumes/create", #"{"Name":"data","Labels":{"a":"b"}}"#),
        ("/volumes/create", #"{"DriverOpts":{"type":"nfs","device":":/x","o":"addr=10.0.0.1"}}"#),
        (
            "/services/create",
            #"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"i","Labels":{"a":"{{x}}"}}},"Mode":{"Replicated":{}}}"#
        ),
        (
            "/libpod/containers/create",
            #"{"image":"i","env":{"A":"b"},"netns":{"nsmode":"bridge"},"command":["sh"],"cgroups_mode":"enabled","#
                + #""base_hosts_file":"/etc/hosts","newer":null}"#
        ),
        (
            "/libpod/containers/create",
            #"{"image":"i","healthLogDestination":"local","healthMaxLogCount":5,"healthMaxLogSize":500,"#
                + #""storage_opts":{"size":"1G","SIZE":"2G"}}"#
        ),
        (
            "/libpod/containers/web/update",
            #"{"memory":{"limit":1},"cpu":{},"Env":["A=b"],"devices":[{"allow":true,"type":"c","major":1,"minor":3}],"#
                + #""health_log_destination":"events_logger","health_max_log_count":3}"#
        ),
    ])
    func whatIsOrdinaryIsAdmitted(target: String, body: String) throws {
        #expect(AdmissionBench.words(try AdmissionBench.judge(.deny, body, target: target)) == "admitted")
    }

    @Test(arguments: [
        ("/services/create", #"{"TaskTemplate":{"PluginSpec":{"Name":"p"}}}"#, "a plugin (PluginSpec)"),
        (
            "/services/create",
            #"{"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Type":"bind","Source":"{{.Node.ID}}","Target":"/h"}]}}}"#,
            "a template in a mount"
        ), ("/libpod/containers/create", #"{"a_newer_setting":"/etc"}"#, "'a_newer_setting'"),
        (
            "/containers/create",
            #"{"hostconfig":{"logconfig":{"type":"k8s-file","config":{"PATH":"/etc/cron.d/x"}}}}"#,
            "the path of a log"
        ),
        (
            "/v1.23/containers/web/start", #"{"LogConfig":{"Config":{"path=/etc/cron.d/x":""}}}"#, "the path of a log"
        ),
        ("/libpod/containers/create", #"{"log_configuration":{"path":"/etc/x"}}"#, "the path of a log"),
        ("/libpod/containers/create", #"{"oci_runtime":"/tmp/x"}"#, "the path of a runtime"),
        ("/libpod/containers/create", #"{"conmon_pid_file":"/etc/x"}"#, "'conmon_pid_file'"),
        ("/libpod/containers/create", #"{"pod":"web"}"#, "a pod to join"),
        (
            "/libpod/containers/create", #"{"cgroups_mode":"disabled","cap_add":["MKNOD"]}"#,
            "the mode 'disabled' of control groups"
        ),
        ("/libpod/containers/create", #"{"mounts":[{"type":"glob","source":"/e*"}]}"#, "a mount of the type glob"),
        (
            "/libpod/containers/create", #"{"healthlogdestination":"/etc/cron.d"}"#,
            "the folder of a health check's log"
        ),
        (
            "/libpod/containers/web/update", #"{"health_log_destination":"/etc/cron.d"}"#,
            "the folder of a health check's log"
        ), ("/libpod/containers/web/update", #"{"mounts":[{}]}"#, "'mounts'"),
    ])
    func whatCannotBeJudgedIsRefused(target: String, body: String, reason: String) throws {
        let words = AdmissionBench.words(try AdmissionBench.judge(.deny, body, target: target))
        #expect(words.contains("the body holds \(reason)") && words.contains("which cannot be judged"), "\(words)")
    }

    @Test func anAcceptedFindingIsNoReasonUntilItExpires() throws {
        let body = #"{"Image":"ci:1","HostConfig":{"Privileged":true,"PidMode":"host"}}"#
        let entry = #"{"rule":"RULE","container":"w*","image":"ci:*","reason":"r","expires":"2999-01-01"}"#
        let both =
            "[\(["privileged-container", "host-pid-namespace"].map { entry.replacing("RULE", with: $0) }.joined(separator: ","))]"
        #expect(AdmissionBench.words(try AdmissionBench.judge(.deny, body, accepted: both)) == "admitted")
        let one = "[\(entry.replacing("RULE", with: "privileged-container"))]"
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, body, accepted: one)).contains("host-pid-namespace")
        )
        let old = both.replacing("2999", with: "2001")
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, body, accepted: old)).contains("privileged-container")
        )
        let other = body.replacing("ci:1", with: "other:1")
        #expect(
            AdmissionBench.words(try AdmissionBench.judge(.deny, other, accepted: both)).contains(
                "privileged-container"
            )
        )
    }

    @Test func aRefusalSaysHowToAllowIt() throws {
        let words = AdmissionBench.words(try AdmissionBench.judge(.deny, Self.privileged))
        #expect(words.contains("leave privileged-container out of ADMISSION_RULES"))
        #expect(words.contains("ADMISSION_ACCEPTED"))
    }

    @Test func eachObjectionIsReported() throws {
        let objections = Mutex<[AdmissionObjection]>([])
        for body in [Self.privileged, "{}"] {
            _ = try AdmissionBench.judge(.deny, body) { objection in objections.withLock { $0.append(objection) } }
        }
        _ = try AdmissionBench.judge(.warn, Self.privileged) { objection in
            objections.withLock { $0.append(objection) }
        }
        #expect(
            objections.withLock { $0 }
                == [true, false].map {
                    AdmissionObjection(actor: "me", container: "web", reason: "privileged-container", isRefused: $0)
                }
        )
    }
}
