import Base
import DockerBridge
import Glibc

extension EngineAddress {
    /// The engine that the environment names, or the first usual socket that exists.
    ///
    /// - Returns: `nil` where the setting is a problem.
    init?(_ reader: inout EnvironmentReader, environment: [String: String], files: HostFiles) {
        if let text = reader.read(Settings.dockerSocket) {
            self.init(text, Settings.dockerSocket, tls: nil, &reader)
            return
        }
        let verifies = reader.read(Settings.dockerTLSVerify)
        let tls = reader.read(Settings.dockerCertPath).map { TLS(folder: $0, verifies: verifies) }
        guard let text = reader.read(Settings.dockerHost) else {
            self = Self.detect(environment: environment, userID: getuid(), exists: files.exists)
            return
        }
        if verifies, tls == nil {
            reader.problem(
                Settings.dockerTLSVerify,
                "needs DOCKER_CERT_PATH, the folder of ca.pem, cert.pem and key.pem"
            )
        }
        self.init(text, Settings.dockerHost, tls: tls, &reader)
    }

    private init?(_ text: String, _ setting: Setting<String?>, tls: TLS?, _ reader: inout EnvironmentReader) {
        do throws(SettingProblem) {
            try self.init(parsing: text, tls: tls)
        } catch {
            reader.problem(setting, error.reason)
            return nil
        }
    }
}
