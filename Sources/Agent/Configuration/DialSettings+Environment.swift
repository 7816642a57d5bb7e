import Base
import EdgeTunnel

/// What the environment says about the way to the controller: TLS and proxies.
extension DialSettings {
    init(_ reader: inout EnvironmentReader, files: HostFiles) {
        self.init()
        self.tls = TLS(&reader, files: files)
        self.proxies.https = Self.proxy(Settings.httpsProxy, &reader)
        self.proxies.http = Self.proxy(Settings.httpProxy, &reader)
        self.proxies.all = Self.proxy(Settings.allProxy, &reader)
        self.proxies.exclusions = ProxyExclusions(parsing: reader.read(Settings.noProxy) ?? "")
        for fault in self.proxies.exclusions.faults { reader.warning(Settings.noProxy, fault) }
    }

    private static func proxy(_ setting: Setting<String?>, _ reader: inout EnvironmentReader) -> Proxy? {
        guard let text = reader.read(setting) else { return nil }
        do throws(SettingProblem) {
            return try Proxy(parsing: text)
        } catch {
            reader.problem(setting, error.reason)
            return nil
        }
    }
}

extension DialSettings.TLS {
    fileprivate init(_ reader: inout EnvironmentReader, files: HostFiles) {
        self.init()
        self.caCertificateFile = Self.authorities(&reader, files)
        self.verifies = !reader.read(Settings.tlsSkipVerify)
        self.pins = Self.pins(&reader)
        let certificate = reader.existingFile(Settings.clientCert, files)
        let key = reader.existingFile(Settings.clientKey, files)
        switch (certificate, key) {
        case (let certificate?, let key?): self.client = Client(certificateFile: certificate, keyFile: key)
        case (nil, nil): break
        case (_?, nil): reader.problem(Settings.clientCert, "is set, but CLIENT_KEY is not; set both or neither")
        case (nil, _?): reader.problem(Settings.clientKey, "is set, but CLIENT_CERT is not; set both or neither")
        }
    }

    /// Read here only to report its faults; every dial reads it again.
    private static func authorities(_ reader: inout EnvironmentReader, _ files: HostFiles) -> String? {
        guard let file = reader.existingFile(Settings.caCert, files), files.exists(file) else { return nil }
        let faults = files.authorityFaults(file)
        if let problem = faults.problem { reader.problem(Settings.caCert, "names '\(file)', which \(problem)") }
        for omission in faults.omissions { reader.warning(Settings.caCert, "names '\(file)', which \(omission)") }
        return file
    }

    private static func pins(_ reader: inout EnvironmentReader) -> [CertificatePin] {
        guard let list = reader.read(Settings.controllerPin) else { return [] }
        let form = "a pin is sha256/ and 44 characters of base64, as `lookout doctor` prints it"
        let entries = list.split(separator: ",").map(\.trimmingBlanks).filter { !$0.isEmpty }
        // No pin would mean no check, and an operator who sets the variable wants one.
        if entries.isEmpty { reader.problem(Settings.controllerPin, "names no pin; \(form)") }
        return entries.compactMap { text in
            let pin = CertificatePin(text)
            if pin == nil { reader.problem(Settings.controllerPin, "has the entry '\(text)'; \(form)") }
            return pin
        }
    }
}
