import Agent
import ArgumentParser
import Auth
import Glibc

/// Makes a signing key, or prints the public line of one that exists.
struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes an Ed25519 key for the agent.",
        discussion: """
            Prints the private key as PEM, then its authorized_keys line; `lookout keygen > agent.pem` is a valid key \
            file as it stands (mode 0600). With --out the key goes to a new file, and only the line is printed.
            """
    )

    @Option(
        name: [.customLong("comment"), .customLong("comment", withSingleDash: true)],
        help: "Text behind the key in its authorized_keys line."
    )
    var comment = ""

    @Option(
        name: [.customLong("pub-from"), .customLong("pub-from", withSingleDash: true)],
        help: ArgumentHelp("Print only the authorized_keys line of this private key file.", valueName: "file")
    )
    var publicFrom: String?

    @Option(
        name: [.customLong("out"), .customLong("out", withSingleDash: true)],
        help: ArgumentHelp("Write the private key to this new file, mode 0600.", valueName: "file")
    )
    var out: String?

    func validate() throws {
        if self.out != nil, self.publicFrom != nil {
            throw ValidationError("-out makes a new key, -pub-from reads one; say only one of them")
        }
    }

    func run() throws {
        do throws(KeyFileError) {
            if let file = self.publicFrom {
                let line = try SigningKey.load(path: file).verifyingKey.authorizedKeysLine(comment: self.comment)
                StandardError.write("# authorized_keys line of \(file):\n")
                print(line)
                return
            }
            let key = SigningKey.generate()
            // Before the key is shown: a bad comment must not leave half an answer behind.
            let line = try key.verifyingKey.authorizedKeysLine(comment: self.comment)
            if let out {
                try NewKeyFile.write(key, path: out)
                StandardError.write(
                    "# Public line: register it at the controller (key id \(key.verifyingKey.keyID)).\n"
                )
                print(line)
                return
            }
            if isatty(STDOUT_FILENO) == 1 {
                StandardError.write("# Careful: the private key below is shown on this terminal.\n")
            }
            StandardError.write("# Private key: keep it on this host, mode 0600, and name it in PRIVATE_KEY_FILE.\n")
            key.pem().withBytes { $0.withUnsafeBytes { FileOutput.write($0, to: STDOUT_FILENO) } }
            StandardError.write("# Public line: register it at the controller (key id \(key.verifyingKey.keyID)).\n")
            print(line)
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
