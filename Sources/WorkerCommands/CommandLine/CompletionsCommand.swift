import ArgumentParser

/// `swiftworker completions`.
struct CompletionsCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints the script by which a shell completes commands and options.",
        discussion: """
            Examples:
              \(RootCommand.name) completions bash > /etc/bash_completion.d/\(RootCommand.name)
              \(RootCommand.name) completions zsh > /usr/local/share/zsh/site-functions/_\(RootCommand.name)
              \(RootCommand.name) completions fish > ~/.config/fish/completions/\(RootCommand.name).fish

            For the shell at hand only: source <(\(RootCommand.name) completions bash)
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var completion: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
    var shell: Shell

    func run(in context: ToolContext) -> Int32 {
        context.console.print(RootCommand.completionScript(for: shell.completion))
        return ProcessExit.success
    }
}
