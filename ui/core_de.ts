<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>pvhop::Error</name>
    <message>
        <source>The command line was not understood</source>
        <translation>Die Befehlszeile wurde nicht verstanden</translation>
    </message>
    <message>
        <source>See 'pvhop --help'.</source>
        <translation>Siehe „pvhop --help“.</translation>
    </message>
    <message>
        <source>A value is not valid</source>
        <translation>Ein Wert ist nicht gültig</translation>
    </message>
    <message>
        <source>Correct the value that is quoted above.</source>
        <translation>Berichtigen Sie den Wert, der oben genannt ist.</translation>
    </message>
    <message>
        <source>A configuration file could not be used</source>
        <translation>Eine Konfigurationsdatei konnte nicht verwendet werden</translation>
    </message>
    <message>
        <source>Correct the file at the place named above.</source>
        <translation>Berichtigen Sie die Datei an der oben genannten Stelle.</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Nothing needs to be done; everything that was started has been ended.</source>
        <translation>Es ist nichts zu tun; alles, was gestartet war, ist beendet.</translation>
    </message>
    <message>
        <source>The program that started pvhop has gone</source>
        <translation>Das Programm, das pvhop gestartet hat, ist nicht mehr da</translation>
    </message>
    <message>
        <source>Start the connection again from ParaView.</source>
        <translation>Starten Sie die Verbindung aus ParaView neu.</translation>
    </message>
    <message>
        <source>The host name could not be resolved</source>
        <translation>Der Name des Rechners konnte nicht aufgelöst werden</translation>
    </message>
    <message>
        <source>Check the spelling of the host name and that this computer is on a network (or VPN) that knows it.</source>
        <translation>Prüfen Sie die Schreibweise des Namens, und ob dieser Computer in einem Netz (oder VPN) ist, das ihn kennt.</translation>
    </message>
    <message>
        <source>The host could not be reached</source>
        <translation>Der Rechner konnte nicht erreicht werden</translation>
    </message>
    <message>
        <source>Check the host name and port, your network or VPN, and whether the site is up.</source>
        <translation>Prüfen Sie Namen und Port des Rechners, Ihr Netz oder VPN, und ob das Rechenzentrum in Betrieb ist.</translation>
    </message>
    <message>
        <source>A step took too long</source>
        <translation>Ein Schritt hat zu lange gedauert</translation>
    </message>
    <message>
        <source>Try again; if it happens every time, give the step more time with --timeout.</source>
        <translation>Versuchen Sie es noch einmal; geschieht es jedes Mal, geben Sie dem Schritt mit --timeout mehr Zeit.</translation>
    </message>
    <message>
        <source>A port could not be opened on this computer</source>
        <translation>Auf diesem Computer konnte ein Port nicht geöffnet werden</translation>
    </message>
    <message>
        <source>Choose another port, or end the program that holds it.</source>
        <translation>Wählen Sie einen anderen Port, oder beenden Sie das Programm, das ihn hält.</translation>
    </message>
    <message>
        <source>A connection broke off</source>
        <translation>Eine Verbindung ist abgebrochen</translation>
    </message>
    <message>
        <source>Look at the side that is named above: it ended, was ended, or the network between lost it.</source>
        <translation>Sehen Sie auf der oben genannten Seite nach: Sie hat geendet, wurde beendet, oder das Netz dazwischen hat sie verloren.</translation>
    </message>
    <message>
        <source>The ssh connection could not be set up</source>
        <translation>Die ssh-Verbindung konnte nicht aufgebaut werden</translation>
    </message>
    <message>
        <source>Try 'ssh -v' to the same host; if that works, report this with the output of 'pvhop report'.</source>
        <translation>Versuchen Sie „ssh -v“ zum selben Rechner; geht das, melden Sie es mit der Ausgabe von „pvhop report“.</translation>
    </message>
    <message>
        <source>The host is not known yet, and its key was not accepted</source>
        <translation>Der Rechner ist noch nicht bekannt, und sein Schlüssel wurde nicht angenommen</translation>
    </message>
    <message>
        <source>Compare the fingerprint with the one that the site publishes, then connect again and accept it.</source>
        <translation>Vergleichen Sie den Fingerabdruck mit dem, den das Rechenzentrum veröffentlicht; verbinden Sie dann noch einmal, und nehmen Sie ihn an.</translation>
    </message>
    <message>
        <source>The host key is not the one on record: this may be somebody else's machine</source>
        <translation>Der Schlüssel des Rechners ist nicht der bekannte: Das kann ein fremder Rechner sein</translation>
    </message>
    <message>
        <source>Ask the site whether the key was changed. If it was, remove the old one with the command above and connect again.</source>
        <translation>Fragen Sie das Rechenzentrum, ob der Schlüssel geändert wurde. Wenn ja, entfernen Sie den alten mit dem Befehl oben, und verbinden Sie noch einmal.</translation>
    </message>
    <message>
        <source>The host key has been revoked</source>
        <translation>Der Schlüssel des Rechners ist widerrufen</translation>
    </message>
    <message>
        <source>Do not connect. Ask the site for its present key.</source>
        <translation>Verbinden Sie nicht. Fragen Sie das Rechenzentrum nach seinem jetzigen Schlüssel.</translation>
    </message>
    <message>
        <source>The ssh connection was lost</source>
        <translation>Die ssh-Verbindung ging verloren</translation>
    </message>
    <message>
        <source>Connect again. On a line that drops idle connections, set ServerAliveInterval in ~/.ssh/config.</source>
        <translation>Verbinden Sie noch einmal. Auf einer Leitung, die untätige Verbindungen trennt, setzen Sie ServerAliveInterval in ~/.ssh/config.</translation>
    </message>
    <message>
        <source>The ssh configuration could not be read</source>
        <translation>Die ssh-Konfiguration konnte nicht gelesen werden</translation>
    </message>
    <message>
        <source>Run 'ssh -G' with the host's name and mend what it complains of.</source>
        <translation>Führen Sie „ssh -G“ mit dem Namen des Rechners aus, und beheben Sie, was es beanstandet.</translation>
    </message>
    <message>
        <source>The login was refused</source>
        <translation>Die Anmeldung wurde abgelehnt</translation>
    </message>
    <message>
        <source>Check the user name and the key or password; 'ssh' to the same host tells whether the account works.</source>
        <translation>Prüfen Sie den Benutzernamen und den Schlüssel oder das Passwort; „ssh“ zum selben Rechner zeigt, ob das Konto geht.</translation>
    </message>
    <message>
        <source>The host offers no way of logging in that is possible here</source>
        <translation>Der Rechner bietet keine Art der Anmeldung an, die hier möglich ist</translation>
    </message>
    <message>
        <source>Add a key that the host accepts (--identity, or ssh-add), or ask the site how to log in.</source>
        <translation>Fügen Sie einen Schlüssel hinzu, den der Rechner annimmt (--identity oder ssh-add), oder fragen Sie das Rechenzentrum, wie man sich anmeldet.</translation>
    </message>
    <message>
        <source>A private key could not be used</source>
        <translation>Ein privater Schlüssel konnte nicht verwendet werden</translation>
    </message>
    <message>
        <source>Check the path, the permissions (0600) and the passphrase of the key.</source>
        <translation>Prüfen Sie Pfad, Rechte (0600) und Passphrase des Schlüssels.</translation>
    </message>
    <message>
        <source>A question had to be asked, but nobody could be asked</source>
        <translation>Es war etwas zu fragen, aber niemand konnte gefragt werden</translation>
    </message>
    <message>
        <source>Run from a terminal, from the ParaView plugin, or with SSH_ASKPASS set; or load the key into an agent.</source>
        <translation>Starten Sie aus einem Terminal, aus dem ParaView-Plugin oder mit SSH_ASKPASS; oder laden Sie den Schlüssel in einen Agenten.</translation>
    </message>
    <message>
        <source>The password has expired</source>
        <translation>Das Passwort ist abgelaufen</translation>
    </message>
    <message>
        <source>Log in once with 'ssh' and set a new password.</source>
        <translation>Melden Sie sich einmal mit „ssh“ an, und setzen Sie ein neues Passwort.</translation>
    </message>
    <message>
        <source>The host refuses to forward a port</source>
        <translation>Der Rechner leitet keinen Port weiter</translation>
    </message>
    <message>
        <source>The site's sshd has AllowTcpForwarding, PermitListen or DisableForwarding set against it. Use another route, or ask the administrator for 'AllowTcpForwarding remote'.</source>
        <translation>Der sshd dort verbietet es mit AllowTcpForwarding, PermitListen oder DisableForwarding. Nehmen Sie einen anderen Weg, oder bitten Sie die Administration um „AllowTcpForwarding remote“.</translation>
    </message>
    <message>
        <source>The forwarded port was not opened where it is needed</source>
        <translation>Der weitergeleitete Port wurde nicht dort geöffnet, wo er gebraucht wird</translation>
    </message>
    <message>
        <source>The site's sshd has GatewayPorts set to 'no'. Use another route, or ask the administrator for 'GatewayPorts clientspecified'.</source>
        <translation>Im sshd dort steht GatewayPorts auf „no“. Nehmen Sie einen anderen Weg, oder bitten Sie die Administration um „GatewayPorts clientspecified“.</translation>
    </message>
    <message>
        <source>The host refuses to open a channel</source>
        <translation>Der Rechner öffnet keinen Kanal</translation>
    </message>
    <message>
        <source>The site's sshd limits sessions or forwarding (MaxSessions, PermitOpen). Use another route, or ask the administrator.</source>
        <translation>Der sshd dort begrenzt Sitzungen oder Weiterleitungen (MaxSessions, PermitOpen). Nehmen Sie einen anderen Weg, oder fragen Sie die Administration.</translation>
    </message>
    <message>
        <source>Commands cannot be run on the host</source>
        <translation>Auf dem Rechner können keine Befehle ausgeführt werden</translation>
    </message>
    <message>
        <source>The account may be restricted to file transfer or to a fixed command. Ask the site whether ssh commands are allowed.</source>
        <translation>Das Konto ist vielleicht auf Dateiübertragung oder auf einen festen Befehl beschränkt. Fragen Sie das Rechenzentrum, ob ssh-Befehle erlaubt sind.</translation>
    </message>
    <message>
        <source>The helper program could not be run on the host</source>
        <translation>Das Hilfsprogramm konnte auf dem Rechner nicht laufen</translation>
    </message>
    <message>
        <source>Have pvhop-relay installed there and give its path with --helper, or use another route.</source>
        <translation>Lassen Sie pvhop-relay dort installieren, und geben Sie seinen Pfad mit --helper an, oder nehmen Sie einen anderen Weg.</translation>
    </message>
    <message>
        <source>The job's node does not let you log in by ssh</source>
        <translation>Der Knoten des Jobs lässt keine Anmeldung mit ssh zu</translation>
    </message>
    <message>
        <source>Use --route two-hop-forward, or tunnel, which need no login on the node; or ask the site whether users may log in to the nodes of their jobs.</source>
        <translation>Nehmen Sie --route two-hop-forward oder tunnel, die keine Anmeldung am Knoten brauchen; oder fragen Sie das Rechenzentrum, ob man sich an den Knoten seiner Jobs anmelden darf.</translation>
    </message>
    <message>
        <source>No encrypted route can be used on this host</source>
        <translation>Auf diesem Rechner geht kein verschlüsselter Weg</translation>
    </message>
    <message>
        <source>'pvhop probe' writes a text for the administrator that says what would help. --route relay or direct may work, but they are not encrypted.</source>
        <translation>„pvhop probe“ schreibt einen Text für die Administration, der sagt, was helfen würde. --route relay oder direct gehen vielleicht, sind aber nicht verschlüsselt.</translation>
    </message>
    <message>
        <source>pvserver was not found on the host</source>
        <translation>pvserver wurde auf dem Rechner nicht gefunden</translation>
    </message>
    <message>
        <source>Give its path with --pvserver, or the commands that make it available with --prelude (such as 'module load paraview').</source>
        <translation>Geben Sie seinen Pfad mit --pvserver an, oder die Befehle, die ihn verfügbar machen, mit --prelude (wie „module load paraview“).</translation>
    </message>
    <message>
        <source>pvserver is not of the client's version</source>
        <translation>pvserver ist nicht von der Version des Clients</translation>
    </message>
    <message>
        <source>Choose a pvserver with the same major and minor version as your ParaView.</source>
        <translation>Wählen Sie einen pvserver mit derselben Haupt- und Nebenversion wie Ihr ParaView.</translation>
    </message>
    <message>
        <source>pvserver ended before it connected</source>
        <translation>pvserver hat geendet, bevor er verbunden war</translation>
    </message>
    <message>
        <source>Its own words are quoted above and in the log.</source>
        <translation>Was er selbst gesagt hat, steht oben und im Protokoll.</translation>
    </message>
    <message>
        <source>pvserver did not connect in time</source>
        <translation>pvserver hat sich nicht rechtzeitig verbunden</translation>
    </message>
    <message>
        <source>Look at pvserver's output in the log; if its start is slow, give it more time with --timeout-start.</source>
        <translation>Sehen Sie die Ausgabe von pvserver im Protokoll an; startet er langsam, geben Sie ihm mit --timeout-start mehr Zeit.</translation>
    </message>
    <message>
        <source>The handshake with ParaView failed</source>
        <translation>Die Verständigung mit ParaView misslang</translation>
    </message>
    <message>
        <source>Use the same ParaView release on both sides.</source>
        <translation>Verwenden Sie auf beiden Seiten dieselbe Ausgabe von ParaView.</translation>
    </message>
    <message>
        <source>The connect ids do not match</source>
        <translation>Die Verbindungsnummern stimmen nicht überein</translation>
    </message>
    <message>
        <source>Start the connection again, so that both sides get the same number.</source>
        <translation>Starten Sie die Verbindung neu, damit beide Seiten dieselbe Nummer bekommen.</translation>
    </message>
    <message>
        <source>The other side has another byte order</source>
        <translation>Die andere Seite hat eine andere Bytereihenfolge</translation>
    </message>
    <message>
        <source>pvhop connects little-endian machines only, as nearly all are; use a pvserver on an x86-64 or arm64 machine.</source>
        <translation>pvhop verbindet nur Little-Endian-Rechner, wie es fast alle sind; nehmen Sie einen pvserver auf einem Rechner mit x86-64 oder arm64.</translation>
    </message>
    <message>
        <source>The ParaView client could not be reached</source>
        <translation>Der ParaView-Client konnte nicht erreicht werden</translation>
    </message>
    <message>
        <source>Check that ParaView is still waiting for the connection, and on the port that is quoted above.</source>
        <translation>Prüfen Sie, ob ParaView noch auf die Verbindung wartet, und auf dem Port, der oben genannt ist.</translation>
    </message>
    <message>
        <source>pvserver has gone</source>
        <translation>pvserver ist nicht mehr da</translation>
    </message>
    <message>
        <source>See the end of its output in the log; a batch job may have reached its time limit.</source>
        <translation>Sehen Sie das Ende seiner Ausgabe im Protokoll an; ein Batchjob hat vielleicht seine Zeitgrenze erreicht.</translation>
    </message>
    <message>
        <source>The batch system was not found on the front end</source>
        <translation>Das Batchsystem wurde auf dem Login-Rechner nicht gefunden</translation>
    </message>
    <message>
        <source>Name it with --scheduler, or give the commands that make it available with --prelude.</source>
        <translation>Nennen Sie es mit --scheduler, oder geben Sie die Befehle an, die es verfügbar machen, mit --prelude.</translation>
    </message>
    <message>
        <source>The batch system refused the job</source>
        <translation>Das Batchsystem hat den Job abgelehnt</translation>
    </message>
    <message>
        <source>Change what its message names: queue, account, time or size.</source>
        <translation>Ändern Sie, was seine Meldung nennt: Warteschlange, Projektkonto, Zeit oder Größe.</translation>
    </message>
    <message>
        <source>The job ended before pvserver connected</source>
        <translation>Der Job hat geendet, bevor pvserver verbunden war</translation>
    </message>
    <message>
        <source>The end of its output is quoted above.</source>
        <translation>Das Ende seiner Ausgabe steht oben.</translation>
    </message>
    <message>
        <source>The job runs, but its pvserver could not be reached</source>
        <translation>Der Job läuft, aber sein pvserver konnte nicht erreicht werden</translation>
    </message>
    <message>
        <source>Use another route; 'pvhop probe' tells which ones this site allows.</source>
        <translation>Nehmen Sie einen anderen Weg; „pvhop probe“ sagt, welche hier gehen.</translation>
    </message>
    <message>
        <source>The job could not be cancelled</source>
        <translation>Der Job konnte nicht abgebrochen werden</translation>
    </message>
    <message>
        <source>Cancel it on the front end with the command that is quoted above.</source>
        <translation>Brechen Sie ihn auf dem Login-Rechner mit dem Befehl ab, der oben steht.</translation>
    </message>
    <message>
        <source>The job waited too long in the queue</source>
        <translation>Der Job hat zu lange in der Warteschlange gewartet</translation>
    </message>
    <message>
        <source>Ask for less (time, nodes), choose another queue, or wait longer with --timeout-queue.</source>
        <translation>Fordern Sie weniger an (Zeit, Knoten), wählen Sie eine andere Warteschlange, oder warten Sie mit --timeout-queue länger.</translation>
    </message>
    <message>
        <source>There is no such server entry</source>
        <translation>Es gibt keinen solchen Servereintrag</translation>
    </message>
    <message>
        <source>See 'pvhop pvsc list' for the names.</source>
        <translation>Die Namen zeigt „pvhop pvsc list“.</translation>
    </message>
    <message>
        <source>The .pvsc file could not be read</source>
        <translation>Die .pvsc-Datei konnte nicht gelesen werden</translation>
    </message>
    <message>
        <source>Correct the file at the line named above.</source>
        <translation>Berichtigen Sie die Datei in der oben genannten Zeile.</translation>
    </message>
    <message>
        <source>The .pvsc file could not be written</source>
        <translation>Die .pvsc-Datei konnte nicht geschrieben werden</translation>
    </message>
    <message>
        <source>Check the folder's permissions and free space.</source>
        <translation>Prüfen Sie die Rechte des Ordners und den freien Platz.</translation>
    </message>
    <message>
        <source>The .pvsc file is in use</source>
        <translation>Die .pvsc-Datei ist in Gebrauch</translation>
    </message>
    <message>
        <source>Close ParaView (it rewrites the file when it quits) and try again.</source>
        <translation>Schließen Sie ParaView (es schreibt die Datei beim Beenden neu), und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
        <source>The entry was not written by pvhop</source>
        <translation>Der Eintrag ist nicht von pvhop geschrieben</translation>
    </message>
    <message>
        <source>'pvhop pvsc convert' makes a pvhop entry of it, as far as it can be understood.</source>
        <translation>„pvhop pvsc convert“ macht einen pvhop-Eintrag daraus, soweit er sich verstehen lässt.</translation>
    </message>
    <message>
        <source>The description of the site could not be used</source>
        <translation>Die Beschreibung des Rechenzentrums konnte nicht verwendet werden</translation>
    </message>
    <message>
        <source>Correct the file at the place named above; docs/site.md says what may stand there.</source>
        <translation>Berichtigen Sie die Datei an der oben genannten Stelle; docs/site.md sagt, was darin stehen kann.</translation>
    </message>
    <message>
        <source>The site does not allow this</source>
        <translation>Das Rechenzentrum erlaubt das nicht</translation>
    </message>
    <message>
        <source>Leave the option out, or ask the site.</source>
        <translation>Lassen Sie die Angabe weg, oder fragen Sie das Rechenzentrum.</translation>
    </message>
    <message>
        <source>The relay's configuration is not valid</source>
        <translation>Die Konfiguration des Relays ist nicht gültig</translation>
    </message>
    <message>
        <source>Correct the line named above.</source>
        <translation>Berichtigen Sie die oben genannte Zeile.</translation>
    </message>
    <message>
        <source>The relay could not open its port</source>
        <translation>Das Relay konnte seinen Port nicht öffnen</translation>
    </message>
    <message>
        <source>Choose another port or address.</source>
        <translation>Wählen Sie einen anderen Port oder eine andere Adresse.</translation>
    </message>
    <message>
        <source>Memory ran out</source>
        <translation>Der Speicher reicht nicht</translation>
    </message>
    <message>
        <source>Close other programs and try again.</source>
        <translation>Schließen Sie andere Programme, und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
        <source>The operating system refused a request</source>
        <translation>Das Betriebssystem hat eine Anforderung abgelehnt</translation>
    </message>
    <message>
        <source>The system's own words are quoted above.</source>
        <translation>Was das System selbst sagt, steht oben.</translation>
    </message>
    <message>
        <source>pvhop met a state that it does not expect</source>
        <translation>pvhop ist in einem Zustand, den es nicht erwartet</translation>
    </message>
    <message>
        <source>Report this with the output of 'pvhop report'.</source>
        <translation>Melden Sie das mit der Ausgabe von „pvhop report“.</translation>
    </message>
    <message>
        <source>The program pvhop could not be used</source>
        <translation>Das Programm pvhop konnte nicht verwendet werden</translation>
    </message>
    <message>
        <source>Install pvhop beside the plugin, or give its place in the environment variable PVHOP_PROGRAM.</source>
        <translation>Installieren Sie pvhop neben dem Plugin, oder nennen Sie seinen Ort in der Umgebungsvariablen PVHOP_PROGRAM.</translation>
    </message>
    <message>
        <source>pvhop ended before it was done</source>
        <translation>pvhop hat geendet, bevor es fertig war</translation>
    </message>
    <message>
        <source>Connect again; if it happens every time, report it with the log.</source>
        <translation>Verbinden Sie noch einmal; geschieht es jedes Mal, melden Sie es mit dem Protokoll.</translation>
    </message>
</context>
<context>
    <name>pvhop::Rule</name>
    <message>
        <source>is longer than 4096 bytes</source>
        <translation>ist länger als 4096 Byte</translation>
    </message>
    <message>
        <source>must be text on one line, in UTF-8, without control characters</source>
        <translation>muss Text in einer Zeile sein, in UTF-8, ohne Steuerzeichen</translation>
    </message>
    <message>
        <source>is not a host, USER@HOST or ssh alias</source>
        <translation>ist kein Rechner, kein BENUTZER@RECHNER und kein ssh-Alias</translation>
    </message>
    <message>
        <source>must be hosts with commas between them, without spaces, or 'none'</source>
        <translation>müssen Rechner mit Kommas dazwischen sein, ohne Leerzeichen, oder „none“</translation>
    </message>
    <message>
        <source>is not a host name or an address</source>
        <translation>ist weder Name noch Adresse eines Rechners</translation>
    </message>
    <message>
        <source>must be one word of letters, digits and . _ - + : @ / = , % # \, and not begin with '-'</source>
        <translation>muss ein Wort aus Buchstaben, Ziffern und . _ - + : @ / = , % # \ sein und darf nicht mit - beginnen</translation>
    </message>
    <message>
        <source>must be a whole path (/... or ~/...) or a bare name</source>
        <translation>muss ein ganzer Pfad (/... oder ~/...) oder ein bloßer Name sein</translation>
    </message>
    <message>
        <source>must be a port from 0 to 65535</source>
        <translation>muss ein Port von 0 bis 65535 sein</translation>
    </message>
    <message>
        <source>must be a time such as 01:30:00, 1-12:00:00, 90m or 2h</source>
        <translation>muss eine Zeit sein wie 01:30:00, 1-12:00:00, 90m oder 2h</translation>
    </message>
    <message>
        <source>must be yes or no</source>
        <translation>muss „yes“ oder „no“ sein</translation>
    </message>
</context>
<context>
    <name>pvhop::Sentence</name>
    <message>
        <source>ParaView logs in to %s</source>
        <translation>ParaView meldet sich an: bei %s</translation>
    </message>
    <message>
        <source>ParaView logs in to a host</source>
        <translation>ParaView meldet sich an</translation>
    </message>
    <message>
        <source> as %s</source>
        <translation> als %s</translation>
    </message>
    <message>
        <source> by way of %s</source>
        <translation> über %s</translation>
    </message>
    <message>
        <source>, asks %s for </source>
        <translation>, fordert von %s an: </translation>
    </message>
    <message>
        <source>, asks the batch system for </source>
        <translation>, fordert vom Batchsystem an: </translation>
    </message>
    <message>
        <source>%s node</source>
        <translation>%s Knoten</translation>
    </message>
    <message>
        <source>%s nodes</source>
        <translation>%s Knoten</translation>
    </message>
    <message>
        <source> with %s GPU</source>
        <translation> mit %s GPU</translation>
    </message>
    <message>
        <source> with %s GPUs</source>
        <translation> mit %s GPUs</translation>
    </message>
    <message>
        <source> each</source>
        <translation> je Knoten</translation>
    </message>
    <message>
        <source> in %s</source>
        <translation> in %s</translation>
    </message>
    <message>
        <source> for </source>
        <translation> für </translation>
    </message>
    <message>
        <source>%s day</source>
        <translation>%s Tag</translation>
    </message>
    <message>
        <source>%s days</source>
        <translation>%s Tage</translation>
    </message>
    <message>
        <source>%s hour</source>
        <translation>%s Stunde</translation>
    </message>
    <message>
        <source>%s hours</source>
        <translation>%s Stunden</translation>
    </message>
    <message>
        <source>%s minute</source>
        <translation>%s Minute</translation>
    </message>
    <message>
        <source>%s minutes</source>
        <translation>%s Minuten</translation>
    </message>
    <message>
        <source>%s second</source>
        <translation>%s Sekunde</translation>
    </message>
    <message>
        <source>%s seconds</source>
        <translation>%s Sekunden</translation>
    </message>
    <message>
        <source> and </source>
        <translation> und </translation>
    </message>
    <message>
        <source> on account %s</source>
        <translation> auf das Projektkonto %s</translation>
    </message>
    <message>
        <source>, starts %s</source>
        <translation>, startet %s</translation>
    </message>
    <message>
        <source> in %s process</source>
        <translation> in %s Prozess</translation>
    </message>
    <message>
        <source> in %s processes</source>
        <translation> in %s Prozessen</translation>
    </message>
    <message>
        <source> with '%s'</source>
        <translation> mit „%s“</translation>
    </message>
    <message>
        <source> there</source>
        <translation> dort</translation>
    </message>
    <message>
        <source> and connects to it.</source>
        <translation> und verbindet sich damit.</translation>
    </message>
    <message>
        <source>, and pvserver connects straight to this computer, not encrypted.</source>
        <translation>, und pvserver verbindet sich geradewegs mit diesem Rechner, unverschlüsselt.</translation>
    </message>
    <message>
        <source>, and pvserver connects back through the ssh connection.</source>
        <translation>, und pvserver verbindet sich durch die ssh-Verbindung zurück.</translation>
    </message>
    <message>
        <source>, and connects to it through the front end.</source>
        <translation> und verbindet sich durch den Login-Rechner damit.</translation>
    </message>
    <message>
        <source>, and pvserver connects back through an ssh connection to its node.</source>
        <translation>, und pvserver verbindet sich durch eine ssh-Verbindung zu seinem Knoten zurück.</translation>
    </message>
    <message>
        <source>, and pvserver connects back by way of the front end, not encrypted.</source>
        <translation>, und pvserver verbindet sich über den Login-Rechner zurück, unverschlüsselt.</translation>
    </message>
    <message>
        <source>, and pvserver connects to the front end and back through the ssh connection.</source>
        <translation>, und pvserver verbindet sich mit dem Login-Rechner und durch die ssh-Verbindung zurück.</translation>
    </message>
    <message>
        <source>, and connects to it from the front end, inside the ssh connection itself.</source>
        <translation> und verbindet sich vom Login-Rechner aus damit, in der ssh-Verbindung selbst.</translation>
    </message>
</context>
</TS>
